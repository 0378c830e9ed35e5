import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { REVOCATION_REASONS, type RevocationReason } from '../../cores/pki/revocation-reason.js';
import { Connection } from '../../graphql/connection.js';
import { toDate } from '../../values/instant.js';
import type { StoredCertificate } from './certificate.js';

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

@ObjectType('Certificate', { description: 'An issued certificate. Its private key stays in the vault and is never answered.' })
export class CertificateType {
  @Field(() => ID, { description: '`crt_…`.' }) id!: string;
  @Field(() => ID, { description: 'Whose certificate it is.' }) accountId!: string;
  @Field({ description: 'Who signed it: `local-ca`.' }) issuerId!: string;
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
  /** DER: `pem` is made of it where it is asked for. */
  chain!: readonly Uint8Array[];

  static from({ keyItemId: _stays, ...certificate }: StoredCertificate): CertificateType {
    const { names, notBefore, notAfter, createdAt, revokedAt } = certificate;
    const times = { notBefore: toDate(notBefore), notAfter: toDate(notAfter), createdAt: toDate(createdAt) };
    const end = revokedAt !== undefined && { revokedAt: toDate(revokedAt) };
    return Object.assign(new CertificateType(), { ...certificate, names: [...names], ...times, ...end });
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
