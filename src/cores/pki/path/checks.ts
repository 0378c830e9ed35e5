/** What is asked of a single certificate, in its place in a path. Each check gives its problem, or undefined. */
import { toIso, type Instant } from '../../../values/instant.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { Certificate } from '../certificate.js';
import { isKnownSignatureAlgorithm } from '../encoding/signature-algorithm.js';
import type { Purpose } from './path-request.js';
import { PURPOSE } from '../encoding/object-identifiers.js';
import type { KeyUse } from '../encoding/key-usage.js';

/** RFC 5280 4.1.2.5; both ends are inclusive, in whole seconds. */
export function validAt(certificate: Certificate, now: Instant): Problem | undefined {
  const subject = subjectOf(certificate);
  if (now < certificate.notBefore) return problem('CERTIFICATE_NOT_YET_VALID', { subject, notBefore: toIso(certificate.notBefore) });
  if (Math.floor(now / 1000) * 1000 > certificate.notAfter) {
    return problem('CERTIFICATE_EXPIRED', { subject, notAfter: toIso(certificate.notAfter) });
  }
  return undefined;
}

/** RFC 5280 4.2: an extension that is critical and not understood. */
export const understood = (certificate: Certificate): Problem | undefined =>
  certificate.unknownCritical.length > 0
    ? violated(certificate, `the critical extension ${certificate.unknownCritical.join(', ')} is not understood`)
    : undefined;

/** CA/B BR 7.1.3.2: a signature of a kind that is not believed proves nothing. `accepted`: fewer, where the caller wants fewer. */
export const signedSoundly = (certificate: Certificate, accepted?: readonly string[]): Problem | undefined =>
  isKnownSignatureAlgorithm(certificate.signatureAlgorithm) && (accepted?.includes(certificate.signatureAlgorithm) ?? true)
    ? undefined
    : violated(certificate, `it is signed with ${certificate.signatureAlgorithm}, which is not accepted`);

/** CA/B BR 6.1.5: a key that can be computed makes every signature a stranger's. Size and kind only: `weak-key.ts` looks deeper, before issuance. */
export function soundKey(certificate: Certificate): Problem | undefined {
  const kind = certificate.keyAlgorithm;
  const bits = /^RSA_(\d+)$/.exec(kind)?.[1];
  if (bits === undefined ? CURVES.includes(kind) : Number(bits) >= 2048) return undefined;
  return violated(certificate, `its key is of kind ${kind}, which is not accepted`);
}
const CURVES: readonly string[] = ['ECDSA_P256', 'ECDSA_P384', 'ECDSA_P521'];

/** RFC 5280 4.2.1.12: where the list is there, the purpose has to be in it. In a CA certificate it limits what is below (CA/B BR 7.1.2.10.6). */
export function madeFor(purpose: Purpose | string, certificate: Certificate): Problem | undefined {
  const usage = certificate.extendedKeyUsage;
  if (usage === undefined || usage.includes(PURPOSES[purpose] ?? purpose)) return undefined;
  return problem('CERTIFICATE_PURPOSE_WRONG', {
    subject: subjectOf(certificate),
    detail: `${purpose} is not among its extended key usages`,
  });
}
const PURPOSES: Readonly<Record<string, string>> = { serverAuth: PURPOSE.serverAuth, clientAuth: PURPOSE.clientAuth } satisfies Record<
  Purpose,
  string
>;

/** RFC 5280 4.2.1.3: a certificate without key usage allows all. */
export function allowsUses(certificate: Certificate, asked: readonly KeyUse[]): Problem | undefined {
  const missing = certificate.keyUsage && asked.find((use) => !certificate.keyUsage?.includes(use));
  return missing && problem('CERTIFICATE_PURPOSE_WRONG', { subject: subjectOf(certificate), detail: `its key usage lacks ${missing}` });
}

/** What only the server's own certificate has to be: no CA, with a key that may sign a handshake. */
export function madeForHandshakes(certificate: Certificate): Problem | undefined {
  const subject = subjectOf(certificate);
  if (certificate.isCa) return problem('CERTIFICATE_PURPOSE_WRONG', { subject, detail: 'it is the certificate of a CA, not of a server' });
  const usage = certificate.keyUsage;
  // RFC 5280 4.2.1.9: who is no CA may not say that it signs certificates.
  if (usage?.includes('keyCertSign'))
    return problem('CERTIFICATE_PURPOSE_WRONG', { subject, detail: 'it claims a right that only a CA has' });
  if (usage === undefined || usage.some((bit) => HANDSHAKE_USES.includes(bit))) return undefined;
  return problem('CERTIFICATE_PURPOSE_WRONG', { subject, detail: 'its key usage allows no handshake' });
}
/** RFC 8446 4.4.2.2 for digitalSignature; the other two are TLS 1.2's static key exchanges (RFC 5246 7.4.2). */
const HANDSHAKE_USES: readonly string[] = ['digitalSignature', 'keyEncipherment', 'keyAgreement'];

/** RFC 5280 6.1.4 k, n: may it sign certificates at all? */
export function maySignCertificates(certificate: Certificate): Problem | undefined {
  if (certificate.version !== 3 || !certificate.isCa) return violated(certificate, 'it signed a certificate and is no CA');
  if (certificate.subject === '') return violated(certificate, 'a CA has to have a subject');
  if (certificate.keyUsage && !certificate.keyUsage.includes('keyCertSign'))
    return violated(certificate, 'its key may not sign certificates');
  return undefined;
}

/** RFC 5280 6.1.4 l, m. `below`: the intermediates between it and the leaf that are not self-issued. */
export const allowsDepth = (certificate: Certificate, below: number): Problem | undefined =>
  certificate.pathLength !== undefined && below > certificate.pathLength
    ? violated(certificate, `${below} CAs stand below it; it allows ${certificate.pathLength}`)
    : undefined;

/** RFC 5280 6.1: of the same name as its issuer, such as for a change of keys. */
export const isSelfIssued = ({ subjectDer, issuerDer }: Certificate): boolean => Buffer.compare(subjectDer, issuerDer) === 0;

/** For a sentence: certificates of today often have an empty subject. */
export const subjectOf = (certificate: Certificate): string =>
  certificate.subject || certificate.names[0] || `serial ${certificate.serial}`;

export const violated = (certificate: Certificate, detail: string): Problem =>
  problem('CHAIN_CONSTRAINT_VIOLATED', { subject: subjectOf(certificate), detail });
