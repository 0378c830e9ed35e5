/** Which key signed, and which key is certified (RFC 5280 4.2.1.1, 4.2.1.2, CA/B BR 7.1.2.1.3, 7.1.2.11.1). */
import type { Certificate } from '../certificate.js';
import { contentOf, readElements, SEQUENCE } from '../encoding/der.js';
import { isSignedBy } from '../encoding/signature-algorithm.js';
import type { Rule } from './rule.js';
import { EXTENSION } from '../encoding/object-identifiers.js';

export const authorityKeyIdentifier: Rule = ({ certificate, place, written }) => {
  const extension = written.extensions?.get(EXTENSION.authorityKeyIdentifier);
  const selfSigned = place === 'ROOT' && isSelfSigned(certificate);
  if (extension === undefined) return selfSigned ? undefined : 'it does not say with which key it is signed';
  const fields = readElements(contentOf(SEQUENCE, extension.value) ?? Uint8Array.of()) ?? [];
  if (fields[0]?.tag !== 0x80) return 'its authority key identifier has no key identifier';
  if (fields.length > 1) return 'its authority key identifier names an issuer or a serial number';
  if (extension.critical) return 'its authority key identifier is critical';
  if (selfSigned && certificate.authorityKeyIdentifier !== certificate.subjectKeyIdentifier)
    return 'it is signed with another key than its own';
  return undefined;
};

export const subjectKeyIdentifier: Rule = ({ certificate, place, written }) => {
  const extension = written.extensions?.get(EXTENSION.subjectKeyIdentifier);
  if (extension?.critical) return 'its subject key identifier is critical';
  return certificate.isCa && place !== 'LEAF' && !certificate.subjectKeyIdentifier
    ? 'a CA has to have a subject key identifier'
    : undefined;
};

/** RFC 5280 3.2: by its own key. A root may be signed in ways that are not believed any more; then its names tell. */
const isSelfSigned = ({ publicKey, signatureAlgorithm, signed, signature, subjectDer, issuerDer }: Certificate): boolean =>
  Buffer.from(subjectDer).equals(issuerDer) || isSignedBy(publicKey, signatureAlgorithm, signed, signature);
