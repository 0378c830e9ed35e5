/** Name (RFC 5280 4.1.2.4): RDNs in their order, each of one attribute or more. */
import { OBJECT_IDENTIFIER, readElements, readOid, SEQUENCE, SET, type Element } from './der.js';

export type Attribute = {
  /** OID. */
  readonly type: string;
  readonly value: Element;
};

/** `content`: of the SEQUENCE. Undefined where it is no Name. */
export function readRdns(content: Uint8Array): Attribute[][] | undefined {
  const rdns = readElements(content)?.map(({ tag, content: set }) => (tag === SET ? readElements(set)?.map(readAttribute) : undefined));
  return rdns?.every(isRdn) ? rdns : undefined;
}

/** What the value says; undefined where it is no string of a kind that names are written in. */
export function textOf({ tag, content }: Element): string | undefined {
  const bytes = Buffer.from(content);
  switch (tag) {
    case 0x0c: // UTF8String
      return bytes.toString('utf8');
    case 0x13: // PrintableString
    case 0x14: // TeletexString
    case 0x16: // IA5String
      return bytes.toString('latin1');
    case 0x1e: // BMPString
      return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : undefined;
    default:
      return undefined;
  }
}

function readAttribute({ tag, content }: Element): Attribute | undefined {
  const [type, value, more] = tag === SEQUENCE ? (readElements(content) ?? []) : [];
  const oid = type?.tag === OBJECT_IDENTIFIER ? readOid(type.content) : undefined;
  return oid === undefined || value === undefined || more ? undefined : { type: oid, value };
}

const isRdn = (rdn: readonly (Attribute | undefined)[] | undefined): rdn is Attribute[] =>
  rdn !== undefined && rdn.length > 0 && rdn.every((attribute) => attribute !== undefined);
