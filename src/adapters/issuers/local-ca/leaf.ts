/** The certificate that an order ends in, and what is in it. */
import {
  assembleCertificate,
  authorityKeyIdentifier,
  basicConstraints,
  certificatePolicies,
  crlDistributionPoint,
  encodeTbsCertificate,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
} from '../../../cores/pki/encoding/certificate-encoding.js';
import { readCertificate, type Certificate } from '../../../cores/pki/certificate.js';
import type { Csr } from '../../../cores/pki/csr.js';
import { EMPTY_NAME } from '../../../cores/pki/encoding/name-encoding.js';
import { lint } from '../../../cores/pki/lints/lint-certificate.js';
import { maxValidityDays } from '../../../cores/pki/lints/validity-max-days.js';
import type { CertificateName } from '../../../values/hostname.js';
import { days, seconds, type Instant } from '../../../values/instant.js';
import type { Problem } from '../../../values/problems/problem.js';
import { backdated, DOMAIN_VALIDATED } from './authority.js';
import { throwAwaySigner, type SignerKind } from './signer.js';
import { PURPOSE } from '../../../cores/pki/encoding/object-identifiers.js';

/** As Let's Encrypt's classic profile, and less where the rules of the day allow less (47 days from 2029-03-15, CA/B BR 6.3.2). */
const LEAF_DAYS = 90;

export type LeafRequest = {
  readonly serial: string;
  readonly names: readonly CertificateName[];
  readonly csr: Csr;
  readonly issuer: Certificate;
  readonly algorithm: SignerKind;
  readonly crlUrl?: string;
  readonly now: Instant;
};

/** TBSCertificate, DER. */
export function encodeLeaf({ serial, names, csr, issuer, algorithm, crlUrl, now }: LeafRequest): Uint8Array {
  const notBefore = Math.max(backdated(now), issuer.notBefore) as Instant;
  const rsa = csr.keyAlgorithm.startsWith('RSA_');
  return encodeTbsCertificate({
    serial,
    issuerDer: issuer.subjectDer,
    subjectDer: EMPTY_NAME,
    notBefore,
    // The last second is inclusive (RFC 5280 4.1.2.5).
    notAfter: Math.min(notBefore + days(Math.min(LEAF_DAYS, maxValidityDays(now))) - seconds(1), issuer.notAfter) as Instant,
    publicKey: csr.publicKey,
    signatureAlgorithm: algorithm,
    extensions: [
      basicConstraints(false),
      rsa ? keyUsage('digitalSignature', 'keyEncipherment') : keyUsage('digitalSignature'),
      extendedKeyUsage(PURPOSE.serverAuth),
      certificatePolicies(DOMAIN_VALIDATED),
      subjectAltName(names, true),
      authorityKeyIdentifier(issuer.subjectKeyIdentifier ?? ''),
      ...(crlUrl === undefined ? [] : [crlDistributionPoint(crlUrl)]),
    ],
  });
}

/** Signed with a key that is worth nothing and looked over by every lint, before the real key touches it (CA/B BR 4.3.1.2). */
export function rehearse(tbs: Uint8Array, algorithm: SignerKind, now: Instant): Problem | undefined {
  const certificate = readCertificate(assembleCertificate(tbs, algorithm, throwAwaySigner(algorithm).sign(tbs)));
  if (!certificate.ok) return certificate.problem;
  const [first, ...more] = lint(certificate.value, now);
  return first && { ...first, sub: more };
}
