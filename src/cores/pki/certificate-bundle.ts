/** Certificates as they are found at the URLs in certificates (RFC 5280 4.2.2.1): DER, a certs-only message of CMS (RFC 5652 5.1), or either in PEM. */
import { parsePem } from '../../values/pem.js';
import { contentOf, readElements, readOid, SEQUENCE } from './encoding/der.js';

const SIGNED_DATA = '1.2.840.113549.1.7.2';

/** DER, in the order in which they come; none where the bytes are neither. They may be no certificates yet: nothing in them was read. */
export function readCertificateBundle(bytes: Uint8Array): Uint8Array[] {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.includes('-----BEGIN ')) {
    const blocks = (['CERTIFICATE', 'PKCS7', 'CMS'] as const).map((label) => parsePem(label, text, Infinity));
    return blocks.flatMap((parsed) => (parsed.ok ? parsed.value.flatMap(derBundle) : []));
  }
  return derBundle(bytes);
}

function derBundle(der: Uint8Array): Uint8Array[] {
  const content = contentOf(SEQUENCE, der);
  const [type, message] = (content && readElements(content)) ?? [];
  if (type?.tag !== 0x06) return content ? [der] : [];
  const data = readOid(type.content) === SIGNED_DATA && message?.tag === 0xa0 ? contentOf(SEQUENCE, message.content) : undefined;
  const certificates = data && readElements(data)?.find(({ tag }) => tag === 0xa0);
  // Tags other than SEQUENCE are kinds of certificates that nobody uses (RFC 5652 10.2.2).
  return (certificates && readElements(certificates.content))?.flatMap(({ tag, bytes }) => (tag === SEQUENCE ? bytes : [])) ?? [];
}
