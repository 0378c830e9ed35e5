/** GeneralName (RFC 5280 4.2.1.6): what a certificate may name besides its subject, and what name constraints are about. */
import { contentOf, readElements, SEQUENCE } from './der.js';

export type GeneralName =
  | { readonly type: 'dns' | 'email' | 'uri'; readonly value: string }
  /** 4 or 16 octets; in a name constraint the mask follows, so 8 or 32. */
  | { readonly type: 'ip'; readonly value: Uint8Array }
  /** RDNSequence, DER, without its outer header. */
  | { readonly type: 'directory'; readonly value: Uint8Array }
  | { readonly type: 'other'; readonly tag: number };

/** From a GeneralNames SEQUENCE; undefined where it is no such list, or an empty one. */
export function readGeneralNames(der: Uint8Array): GeneralName[] | undefined {
  const names = readElements(contentOf(SEQUENCE, der) ?? Uint8Array.of())?.map(({ tag, content: value }) => readGeneralName(tag, value));
  return names?.every((name) => name !== undefined) && names.length > 0 ? names : undefined;
}

export function readGeneralName(tag: number, value: Uint8Array): GeneralName | undefined {
  switch (tag) {
    case 0x81:
      return isIa5(value) ? { type: 'email', value: toText(value) } : undefined;
    case 0x82:
      return isIa5(value) ? { type: 'dns', value: toText(value) } : undefined;
    case 0x86:
      return isIa5(value) ? { type: 'uri', value: toText(value) } : undefined;
    case 0x87:
      return { type: 'ip', value };
    case 0xa4: {
      // Name is a CHOICE, so its tag [4] is explicit and an RDNSequence stands inside (X.680 31.2.7).
      const [inner, more] = readElements(value) ?? [];
      return inner?.tag === 0x30 && more === undefined ? { type: 'directory', value: inner.content } : undefined;
    }
    case 0xa0:
    case 0xa3:
    case 0xa5:
    case 0x88:
      return { type: 'other', tag: tag & 0x1f };
    default:
      return undefined;
  }
}

const isIa5 = (value: Uint8Array): boolean => value.every((byte) => byte < 0x80);
const toText = (value: Uint8Array): string => Buffer.from(value).toString('latin1');
