/** Certificates that the platform keeps, with their private keys in the vault. They stay when they expired or were revoked. */
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { toPem } from '../../values/pem.js';
import type { Advice } from './renewal.js';
import type { Revocation } from './revocation.js';

export type StoredCertificate = {
  readonly id: Id<'certificate'>;
  readonly accountId: Id<'account'>;
  /** Who signed it: `local-ca`. */
  readonly issuerId: string;
  /** SHA-256 of the leaf's DER, lower-case hex. */
  readonly fingerprint: string;
  /** Lower-case hex. */
  readonly serial: string;
  /** RFC 4514 text. */
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly CertificateName[];
  /** `ECDSA_P256`, `RSA_2048`. */
  readonly keyAlgorithm: string;
  readonly notBefore: Instant;
  /** The last second in which it is valid (RFC 5280 4.1.2.5). */
  readonly notAfter: Instant;
  /** DER, leaf first, without the root. */
  readonly chain: readonly Uint8Array[];
  /** DER: of a private CA, the root that it was proven against when it was issued. The CA may be configured otherwise since, or no more. */
  readonly root?: Uint8Array;
  /** Its private key in the vault: PKCS #8, PEM. */
  readonly keyItemId: Id<'vault'>;
  readonly createdAt: Instant;
  readonly advice?: Advice;
  readonly revocation?: Revocation;
};

/** What decides where it may answer. Of many it is read without their chains. */
export type CertificateOutline = Pick<
  StoredCertificate,
  'id' | 'accountId' | 'names' | 'keyAlgorithm' | 'notBefore' | 'notAfter' | 'createdAt'
>;

/** One about which its CA is asked, and the questions in a row before this one that came to nothing. */
export type Asked = StoredCertificate & { readonly adviceAttempts: number };

/** Is it to be installed nowhere any more? Its CA may not have been told yet. */
export const isGivenUp = ({ revocation }: Pick<StoredCertificate, 'revocation'>): boolean =>
  revocation !== undefined && revocation.state !== 'REFUSED';

/** What servers are given and people may see: PEM, leaf first, without the root. */
export const chainPem = (chain: readonly Uint8Array[]): string => chain.map((der) => toPem('CERTIFICATE', der)).join('');
