import { Args, Float, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { fromDate } from '../../values/instant.js';
import { parsePage } from '../../values/page.js';
import { AccountType } from '../accounts/accounts.graphql.js';
import { Accounts } from '../accounts/accounts.service.js';
import { chainPem } from './certificate.js';
import {
  CertificateConnection,
  CertificateFilterType,
  CertificateType,
  RevokeCertificateInputType,
  RevokeCertificateResult,
  RevokeCertificateSuccess,
  ImportCertificateInputType,
  ImportCertificateResult,
  ImportCertificateSuccess,
} from './certificates.graphql.js';
import { BroughtCertificates } from './brought-certificates.service.js';
import { Certificates } from './certificates.service.js';
import { Revocations } from './revocations.service.js';

@Resolver(() => CertificateType)
export class CertificatesResolver {
  constructor(
    private readonly service: Certificates,
    private readonly accounts: Accounts,
    private readonly revocations: Revocations,
    private readonly brought: BroughtCertificates,
  ) {}

  @Query(() => CertificateType, { description: 'The certificate with this id.' })
  async certificate(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return CertificateType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Query(() => CertificateConnection, {
    description: 'The certificates of the caller and of all accounts below, oldest first, with those that expired or were revoked.',
  })
  async certificates(
    @Who() actor: Actor,
    @Args() page: PageArgs,
    @Args('filter', { type: () => CertificateFilterType, nullable: true }) filter?: CertificateFilterType | null,
  ) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('certificate', page), filter ?? {})), CertificateType.from);
  }

  @Mutation(() => RevokeCertificateResult, {
    description:
      'Have a certificate revoked by its CA. Refused while it is bound to a site, unless `evenIfServed`. Safe to repeat: what is asked for, or done, stays.',
  })
  async revokeCertificate(@Who() actor: Actor, @Args('input') input: RevokeCertificateInputType, @KeyArg() key: string) {
    return asResult(RevokeCertificateSuccess, await this.revocations.request(actor, input, key), (made) => ({
      ...made,
      certificate: CertificateType.from(made.certificate),
    }));
  }

  @Mutation(() => ImportCertificateResult, {
    description:
      'Take in a certificate that was issued elsewhere, with its private key, for a site, which then answers with it: a deployment with proof. Safe to repeat with the same idempotencyKey.',
  })
  async importCertificate(@Who() actor: Actor, @Args('input') input: ImportCertificateInputType, @KeyArg() key: string) {
    return asResult(ImportCertificateSuccess, await this.brought.import(actor, input, key), (made) => ({
      ...made,
      certificate: CertificateType.from(made.certificate),
    }));
  }

  @ResolveField(() => AccountType, { description: 'Whose certificate it is.' })
  async account(@Request() request: RequestContext, @Parent() certificate: CertificateType) {
    return AccountType.from((await request.find(this.accounts, certificate.accountId, (ids) => this.accounts.byIds(ids)))!);
  }

  @ResolveField(() => String, { description: 'The chain: the certificate, then its intermediates, without the root.' })
  pem(@Parent() certificate: CertificateType) {
    return chainPem(certificate.chain);
  }

  @ResolveField(() => Float, { description: 'Days until it expires, with fractions; negative afterwards.' })
  daysLeft(@Parent() certificate: CertificateType) {
    return this.service.daysLeft(fromDate(certificate.notAfter));
  }
}
