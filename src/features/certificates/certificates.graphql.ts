import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { REVOCATION_REASONS, type RevocationReason } from '../../cores/pki/revocation/revocation-reason.js';
import { Connection } from '../../graphql/connection.js';
import { ProblemDetail, resultUnion, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import type { StoredCertificate } from './certificate.js';
import { renewalOf, type Renewal } from './renewal.js';
import { REVOCATION_STATES, type Revocation } from './revocation.js';

export const RevocationReasonEnum = Object.fromEntries(Object.keys(REVOCATION_REASONS).map((reason) => [reason, reason])) as Record<
  RevocationReason,
  RevocationReason
>;
registerEnumType(RevocationReasonEnum, {
  name: 'RevocationReason',
  description: 'Why a certificate is to be believed no longer (RFC 5280 5.3.1).',
  valuesMap: {
    UNSPECIFIED: { description: 'No reason is given.' },
    KEY_COMPROMISE: { description: 'Somebody else has, or may have, the private key.' },
    AFFILIATION_CHANGED: { description: 'The subject is called otherwise, or belongs to somebody else.' },
    SUPERSEDED: { description: 'Another certificate has taken its place.' },
    CESSATION_OF_OPERATION: { description: 'The names are no longer served, or no longer yours.' },
  },
});

const RevocationStateEnum = Object.fromEntries(REVOCATION_STATES.map((state) => [state, state])) as Record<
  Revocation['state'],
  Revocation['state']
>;
registerEnumType(RevocationStateEnum, {
  name: 'RevocationState',
  description: 'How far a revocation is.',
  valuesMap: {
    REQUESTED: { description: 'Asked for; the CA is told within moments, and again while it is away.' },
    REVOKED: { description: 'The CA has revoked it.' },
    REFUSED: { description: 'The CA refused; `problem` has its words. It may be asked for again.' },
  },
});
const RenewalSourceEnum = { CA: 'CA', LIFETIME: 'LIFETIME' } as const satisfies Record<Renewal['source'], Renewal['source']>;
registerEnumType(RenewalSourceEnum, {
  name: 'RenewalSource',
  description: 'Where the time to renew comes from.',
  valuesMap: {
    CA: { description: 'Its CA advises it (RFC 9773).' },
    LIFETIME: {
      description: 'With a third of its life left, or half of a life below ten days: its CA advises nothing that can be followed.',
    },
  },
});

@ObjectType('CertificateRenewal', { description: 'When a certificate should be renewed. It changes where its CA changes its advice.' })
class CertificateRenewalType {
  @Field({ description: 'The first moment to renew it.' }) start!: Date;
  @Field({ description: 'It should be renewed by then.' }) end!: Date;
  @Field({ description: 'The moment in between that was picked for it: by chance where the CA advises, so that not all come at once.' })
  renewAt!: Date;
  @Field(() => RenewalSourceEnum, { description: 'Where these times come from.' }) source!: Renewal['source'];
  @Field(() => String, { nullable: true, description: 'A page of the CA that says why, where it has one.' }) explanationUrl?: string;
  @Field(() => Date, { nullable: true, description: 'When the CA last gave its advice. Null where it never did.' }) checkedAt?: Date;

  static from({ start, end, renewAt, source, explanationUrl, checkedAt }: Renewal): CertificateRenewalType {
    const times = { start: toDate(start), end: toDate(end), renewAt: toDate(renewAt) };
    return Object.assign(new CertificateRenewalType(), {
      ...{ ...times, source, explanationUrl },
      ...(checkedAt !== undefined && { checkedAt: toDate(checkedAt) }),
    });
  }
}

@ObjectType('CertificateRevocation', { description: 'That a certificate is to be believed no longer, and how far that is.' })
class CertificateRevocationType {
  @Field(() => RevocationStateEnum, { description: 'How far it is.' }) state!: Revocation['state'];
  @Field(() => RevocationReasonEnum, { description: 'Why.' }) reason!: RevocationReason;
  @Field({ description: 'When it was asked for.' }) requestedAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When the CA did it.' }) revokedAt?: Date;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why the CA refused, or why the last try came to nothing.' })
  problem?: ProblemDetail;

  static from({ state, reason, requestedAt, revokedAt, problem }: Revocation): CertificateRevocationType {
    return Object.assign(new CertificateRevocationType(), {
      ...{ state, reason, requestedAt: toDate(requestedAt) },
      ...(revokedAt !== undefined && { revokedAt: toDate(revokedAt) }),
      ...(problem && { problem: toDetail(problem) }),
    });
  }
}

@ObjectType('Certificate', { description: 'An issued certificate. Its private key stays in the vault and is never answered.' })
export class CertificateType {
  @Field(() => ID, { description: '`crt_…`.' }) id!: string;
  @Field(() => ID, { description: 'Whose certificate it is.' }) accountId!: string;
  @Field({ description: 'Who signed it: `local-ca`; `brought` where that is no CA of this platform.' }) issuerId!: string;
  @Field({ description: 'SHA-256 of the certificate, in hex: what a handshake that serves it shows.' }) fingerprint!: string;
  @Field({ description: 'In hex, as the issuer numbered it.' }) serial!: string;
  @Field({ description: 'Distinguished name (RFC 4514); empty for most of level DV, which only know names.' }) subject!: string;
  @Field({ description: 'Distinguished name of the CA (RFC 4514).' }) issuer!: string;
  @Field(() => [String], { description: 'What it is valid for; `*.` stands for one label.' }) names!: string[];
  @Field({ description: '`ECDSA_P256`, `RSA_2048`.' }) keyAlgorithm!: string;
  @Field({ description: 'The first second in which it is valid.' }) notBefore!: Date;
  @Field({ description: 'The last second in which it is valid.' }) notAfter!: Date;
  @Field({ description: 'When it was taken in here.' }) createdAt!: Date;
  @Field(() => Date, { nullable: true, description: 'Null where nobody revoked it.' }) revokedAt?: Date;
  @Field(() => RevocationReasonEnum, { nullable: true, description: 'Null where nobody revoked it.' }) revocationReason?: RevocationReason;
  @Field(() => CertificateRenewalType, { description: 'When it should be renewed.' }) renewal!: CertificateRenewalType;
  @Field(() => CertificateRevocationType, { nullable: true, description: 'Null where nobody asked for it.' })
  revocation?: CertificateRevocationType;
  /** DER: `pem` is made of it where it is asked for. */
  chain!: readonly Uint8Array[];

  static from({ keyItemId: _stays, advice, revocation, ...certificate }: StoredCertificate): CertificateType {
    const { names, notBefore, notAfter, createdAt } = certificate;
    const times = { notBefore: toDate(notBefore), notAfter: toDate(notAfter), createdAt: toDate(createdAt) };
    const { revokedAt, reason } = revocation ?? {};
    return Object.assign(new CertificateType(), {
      ...{ ...certificate, names: [...names], ...times },
      renewal: CertificateRenewalType.from(renewalOf({ notBefore, notAfter, advice })),
      ...(revocation && { revocation: CertificateRevocationType.from(revocation) }),
      ...(revokedAt !== undefined && { revokedAt: toDate(revokedAt), revocationReason: reason }),
    });
  }
}

@ObjectType({ description: 'A page of certificates.' })
export class CertificateConnection extends Connection(CertificateType, 'Certificate') {}

@InputType('CertificateFilter', { description: 'Which certificates to show: those to which all applies that is given.' })
export class CertificateFilterType {
  @Field(() => String, { nullable: true, description: 'With just this name, a wildcard too; in either form of IDN.' }) name?: string | null;
  @Field(() => String, { nullable: true, description: 'With a name that contains this, as DNS has it: letters, digits, `-`, `.` and `*`.' })
  nameContains?: string | null;
  @Field(() => Date, { nullable: true, description: 'Whose last second is before this time.' }) expiresBefore?: Date | null;
}

@InputType('RevokeCertificateInput', { description: 'The certificate to revoke, and why.' })
export class RevokeCertificateInputType {
  @Field(() => ID, { description: 'The certificate.' }) certificateId!: string;
  @Field(() => RevocationReasonEnum, { description: 'Published by the CA. The first one stays.' }) reason!: RevocationReason;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Revoke it while it is bound to a site too: visitors may be turned away until another one is served. By default false.',
  })
  evenIfServed?: boolean | null;
}

@ObjectType({ description: 'It is asked for. A worker tells the CA within moments: `certificate.revocation` says how far that is.' })
export class RevokeCertificateSuccess {
  @Field(() => CertificateType, { description: 'The certificate.' }) certificate!: CertificateType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const RevokeCertificateResult = resultUnion('RevokeCertificateResult', RevokeCertificateSuccess);

@InputType('ImportCertificateInput', { description: 'A certificate with its key, and the site that it is for.' })
export class ImportCertificateInputType {
  @Field(() => ID, { description: 'One of its names has to be covered.' }) siteId!: string;
  @Field({ description: 'PEM: the certificate, then its intermediates.' }) chain!: string;
  @Field({ description: 'PEM, without a password: PKCS #8, PKCS #1 or SEC 1. It goes into the vault, and is never answered.' })
  privateKey!: string;
}

@ObjectType({ description: 'It is kept, and its site is being given it: `site.bindings` says how far that is.' })
export class ImportCertificateSuccess {
  @Field(() => CertificateType, { description: 'The certificate.' }) certificate!: CertificateType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const ImportCertificateResult = resultUnion('ImportCertificateResult', ImportCertificateSuccess);
