/** Certificates that the platform keeps, with their private keys in the vault. They stay when they expired or were revoked. */
import type { RevocationReason } from '../../cores/pki/revocation-reason.js';
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { toPem } from '../../values/pem.js';

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
  /** Its private key in the vault: PKCS #8, PEM. */
  readonly keyItemId: Id<'vault'>;
  readonly createdAt: Instant;
  readonly revokedAt?: Instant;
  readonly revocationReason?: RevocationReason;
};

/** What servers are given and people may see: PEM, leaf first, without the root. */
export const chainPem = (chain: readonly Uint8Array[]): string => chain.map((der) => toPem('CERTIFICATE', der)).join('');
