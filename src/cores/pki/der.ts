/**
 * The outermost layer of DER (X.690 8.1, 10.1), strictly: definite lengths in their shortest form, one-octet tags.
 * Used where a library's reading would lose what a check needs: the raw octets of names, and trailing bytes.
 */
export type Element = {
  /** Identifier octet: 0x30 is SEQUENCE, 0x82 is context [2] primitive. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** Header and content. */
  readonly bytes: Uint8Array;
};

/** The elements that `bytes` is made of, one after the other; undefined where it is not exactly that. */
export function readElements(bytes: Uint8Array): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const header = readHeader(bytes, at);
    if (header === undefined || header.end > bytes.length) return undefined;
    elements.push({ tag: header.tag, content: bytes.subarray(header.start, header.end), bytes: bytes.subarray(at, header.end) });
    at = header.end;
  }
  return elements;
}

/** What is in the one element with that tag that `bytes` consists of. */
export function contentOf(tag: number, bytes: Uint8Array): Uint8Array | undefined {
  const elements = readElements(bytes);
  return elements?.length === 1 && elements[0]?.tag === tag ? elements[0].content : undefined;
}

export const SEQUENCE = 0x30;

function readHeader(bytes: Uint8Array, at: number): { tag: number; start: number; end: number } | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  if (first < 0x80) return { tag, start: at + 2, end: at + 2 + first };
  const octets = first & 0x7f;
  // Four octets reach 4 GiB; 0x80 alone is BER's indefinite form.
  if (octets === 0 || octets > 4) return undefined;
  let length = 0;
  for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at + 2 + i] ?? NaN);
  if (!(length >= 0x80) || length < 256 ** (octets - 1)) return undefined;
  return { tag, start: at + 2 + octets, end: at + 2 + octets + length };
}
