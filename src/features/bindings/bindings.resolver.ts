import { Parent, ResolveField, Resolver, Args } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { orRefuse } from '../../graphql/refusal.js';
import { Request, type RequestContext } from '../../graphql/request-context.js';
import { parsePage } from '../../values/page.js';
import { CertificateType } from '../certificates/certificates.graphql.js';
import { Certificates } from '../certificates/certificates.service.js';
import { AddressType } from '../servers/servers.graphql.js';
import { SiteType } from '../sites/sites.graphql.js';
import { BindingConnection, BindingType } from './bindings.graphql.js';
import { Bindings } from './bindings.service.js';

@Resolver(() => BindingType)
export class BindingsResolver {
  constructor(private readonly kept: Certificates) {}

  @ResolveField(() => CertificateType, { nullable: true, description: 'The certificate that shall answer.' })
  async certificate(@Parent() binding: BindingType, @Request() request: RequestContext) {
    const found = await request.find(this.kept, binding.certificateId, (ids) => this.kept.byIds(ids));
    return found && CertificateType.from(found);
  }

  @ResolveField(() => [CertificateType], {
    description: 'That one, and the one beside it of an RSA and an ECDSA pair: each client gets what it can check.',
  })
  async certificates(@Parent() binding: BindingType, @Request() request: RequestContext) {
    const found = await Promise.all(binding.certificateIds.map((id) => request.find(this.kept, id, (ids) => this.kept.byIds(ids))));
    return found.flatMap((certificate) => (certificate ? [CertificateType.from(certificate)] : []));
  }
}

@Resolver(() => SiteType)
export class SiteBindingsResolver {
  constructor(private readonly service: Bindings) {}

  @ResolveField(() => [BindingType], { description: 'Where its names shall answer, and with what.' })
  async bindings(@Parent() site: SiteType, @Request() request: RequestContext) {
    const found = await request.find(this.service, site.id, (ids) => this.service.ofSites(ids));
    return (found ?? []).map(BindingType.from);
  }
}

@Resolver(() => AddressType)
export class AddressBindingsResolver {
  constructor(private readonly service: Bindings) {}

  @ResolveField(() => BindingConnection, { description: 'The SNI map of the address, as far as it belongs to the caller and those below.' })
  async bindings(@Request() request: RequestContext, @Parent() address: AddressType, @Args() args: PageArgs) {
    const page = orRefuse(parsePage('binding', args));
    const pagesOf = async (ids: readonly string[]) => orRefuse(await this.service.pagesOfAddresses(request.actor, ids, page));
    return toConnection((await request.find(this.bindings, address.id, pagesOf, page))!, BindingType.from);
  }
}
