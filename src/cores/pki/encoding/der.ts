/**
 * The outermost layer of DER (X.690 8.1, 10.1), strictly: definite lengths in their shortest form, one-octet tags.
 * No reader looks deeper than what it reads is deep, so nesting costs a stranger more than us.
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
  for (const element of eachElement(bytes)) {
    if (element === undefined) return undefined;
    elements.push(element);
  }
  return elements;
}

/** The same one by one, for lists that are too long to be held; ends with undefined where it is not exactly that. */
export function* eachElement(bytes: Uint8Array): Generator<Element | undefined, void> {
  for (let at = 0; at < bytes.length;) {
    const header = readHeader(bytes, at);
    if (header === undefined || header.end > bytes.length) return yield undefined;
    yield { tag: header.tag, content: bytes.subarray(header.start, header.end), bytes: bytes.subarray(at, header.end) };
    at = header.end;
  }
}

/** What is in the one element with that tag that `bytes` consists of. */
export function contentOf(tag: number, bytes: Uint8Array): Uint8Array | undefined {
  const elements = readElements(bytes);
  return elements?.length === 1 && elements[0]?.tag === tag ? elements[0].content : undefined;
}

/** Are these fields that may all be left out, each once and in this order? */
export const inOrder = (elements: readonly Element[], tags: readonly number[]): boolean =>
  elements.every(({ tag }, i) => tags.indexOf(tag) > (i === 0 ? -1 : tags.indexOf(elements[i - 1]!.tag)));

export const [BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER] = [0x01, 0x02, 0x03, 0x04, 0x06] as const;
export const [SEQUENCE, SET] = [0x30, 0x31] as const;

/** Dotted text of an OBJECT IDENTIFIER's content (X.690 8.19); undefined where it is none, or not in its shortest form. */
export function readOid(content: Uint8Array): string | undefined {
  if (content.length === 0 || content.length > 64 || (content.at(-1) ?? 0) >= 0x80) return undefined;
  const arcs: bigint[] = [];
  let arc = 0n;
  let begins = true;
  for (const octet of content) {
    if (begins && octet === 0x80) return undefined;
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    begins = octet < 0x80;
    if (!begins) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first = 0n, ...others] = arcs;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...others].join('.');
}

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
