/** The Distinguished Encoding Rules (X.690 10, 11), which RFC 5280 4.1 asks for: one spelling only for each value. */
import { readElements, readOid, type Element } from '../encoding/der.js';
import type { Rule } from './rule.js';

/** Deeper than any certificate; each level costs a walk. */
const MAX_DEPTH = 32;

export const encoding: Rule = ({ certificate }) =>
  isDer(certificate.signed, MAX_DEPTH) ? undefined : 'it is not written in the one way that DER allows';

/** Those that every profile of the Web PKI knows; what is inside of others is their own affair. */
export const extensionsEncoding: Rule = ({ written: { extensions } }) => {
  if (extensions?.size === 0) return 'its list of extensions is empty';
  for (const [oid, { criticality, value }] of extensions ?? []) {
    // DEFAULT FALSE is left out (X.690 11.5), and TRUE is all ones (11.1).
    if (criticality && criticality[0] !== 0xff) return `the criticality of extension ${oid} is not written as DER`;
    const known = oid.startsWith('2.5.29.') || oid.startsWith('1.3.6.1.5.5.7.1.');
    if (known && (readElements(value)?.length !== 1 || !isDer(value, MAX_DEPTH))) return `extension ${oid} is not DER`;
  }
  return undefined;
};

function isDer(bytes: Uint8Array, depth: number): boolean {
  const elements = depth > 0 ? readElements(bytes) : undefined;
  return elements?.every((element) => isElement(element, depth)) ?? false;
}

function isElement({ tag, content }: Element, depth: number): boolean {
  const constructed = (tag & 0x20) !== 0;
  if (tag >= 0x40) return !constructed || isDer(content, depth - 1);
  if (constructed) return (tag === 0x30 || tag === 0x31) && isDer(content, depth - 1);
  return PRIMITIVES[tag]?.(content) ?? true;
}

const text = (content: Uint8Array): string => Buffer.from(content).toString('latin1');
const PRIMITIVES: Readonly<Record<number, (content: Uint8Array) => boolean>> = {
  0x01: (content) => content.length === 1 && (content[0] === 0 || content[0] === 0xff),
  0x02: isInteger,
  0x03: isBitString,
  0x05: (content) => content.length === 0,
  0x06: (content) => readOid(content) !== undefined,
  0x0a: isInteger,
  0x0c: (content) => !Buffer.from(content).toString('utf8').includes('\uFFFD'),
  0x16: (content) => content.every((octet) => octet < 0x80),
  0x17: (content) => /^\d{12}Z$/.test(text(content)),
  0x18: (content) => /^\d{14}Z$/.test(text(content)),
  0x30: () => false,
  0x31: () => false,
};

/** X.690 8.3.2: no octet more than needed. */
function isInteger([first, second, ...rest]: Uint8Array): boolean {
  if (first === undefined) return false;
  if (second === undefined) return rest.length === 0;
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
}

/** X.690 11.2.1: bits that are not used are zero. */
function isBitString(content: Uint8Array): boolean {
  const unused = content[0];
  if (unused === undefined || unused > 7 || (unused > 0 && content.length === 1)) return false;
  return ((content.at(-1) ?? 0) & ((1 << unused) - 1)) === 0 || unused === 0;
}
