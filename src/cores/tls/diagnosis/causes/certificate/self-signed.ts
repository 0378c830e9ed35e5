/** Signed with its own key, and trusted by nobody who was not told to: often what a server makes for itself at its installation. */
import { isKnownSignatureAlgorithm, isSignedBy } from '../../../../pki/encoding/signature-algorithm.js';
import type { Certificate } from '../../../../pki/certificate.js';
import type { Rule } from '../../case.js';
import { ifOurs, report } from '../../report.js';

export const selfSigned: Rule = (c) =>
  c.shown.flatMap(({ leaf, path, where }) => {
    if (path.ok || !isSelfSigned(leaf)) return [];
    const evidence = { subject: leaf.subject || 'no name', fingerprint: leaf.fingerprint };
    return report(c, 'SELF_SIGNED', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair: ifOurs(c, 'REISSUE') });
  });

/** With a signature of a kind that is not believed nobody can check; then the names have to do. */
export function isSelfSigned(certificate: Certificate): boolean {
  const { subjectDer, issuerDer, publicKey, signatureAlgorithm, signed, signature } = certificate;
  if (Buffer.compare(subjectDer, issuerDer) !== 0) return false;
  return !isKnownSignatureAlgorithm(signatureAlgorithm) || isSignedBy(publicKey, signatureAlgorithm, signed, signature);
}
