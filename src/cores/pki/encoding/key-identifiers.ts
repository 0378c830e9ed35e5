/** Which key signed, and which key is certified (RFC 5280 4.2.1.1, 4.2.1.2). Lower-case hex. */
import { contentOf, inOrder, OCTET_STRING, readElements, SEQUENCE } from './der.js';
import { readGeneralName } from './general-name.js';

export function readSubjectKeyIdentifier(der: Uint8Array): string | undefined {
  const content = contentOf(OCTET_STRING, der);
  return content && hex(content);
}

/** `keyIdentifier` is absent where it names the issuer's certificate in another way. Undefined where `der` is no such extension. */
export function readAuthorityKeyIdentifier(der: Uint8Array): { readonly keyIdentifier?: string } | undefined {
  const fields = readElements(contentOf(SEQUENCE, der) ?? BROKEN);
  if (fields === undefined || !inOrder(fields, [KEY, ISSUER, SERIAL])) return undefined;
  const issuer = fields.find(({ tag }) => tag === ISSUER);
  const names = issuer && readElements(issuer.content);
  if (issuer && !names?.every(({ tag, content }) => readGeneralName(tag, content) !== undefined)) return undefined;
  const key = fields.find(({ tag }) => tag === KEY);
  return key ? { keyIdentifier: hex(key.content) } : {};
}

const [KEY, ISSUER, SERIAL] = [0x80, 0xa1, 0x82];
/** No element at all. */
const BROKEN = Uint8Array.of(0);
const hex = (content: Uint8Array): string => Buffer.from(content).toString('hex');
