/** The ServerKeyExchange of TLS 1.2 and before: a share of the server's, and its signature (RFC 5246 7.4.3, RFC 8422 5.4). */
import { TLS12 } from '../registry/versions.js';
import { ByteReader } from './byte-reader.js';

export type ServerShare =
  | { readonly kind: 'ECDHE'; readonly group: number; readonly share: Uint8Array }
  /** Big-endian, without leading zeros. */
  | { readonly kind: 'DHE'; readonly prime: Uint8Array; readonly generator: Uint8Array; readonly share: Uint8Array }
  /** RSA_EXPORT (RFC 2246 7.4.3): a short key for the occasion. */
  | { readonly kind: 'RSA'; readonly modulus: Uint8Array };

export type ServerKeyExchange = {
  readonly share: ServerShare;
  /** The part that is signed, behind both randoms. */
  readonly parameters: Uint8Array;
  /** Absent for an anonymous suite. `algorithm` is absent before TLS 1.2. */
  readonly signature?: { readonly algorithm?: number; readonly value: Uint8Array };
};

const NAMED_CURVE = 3;

/** Undefined for a body that is none, and for a curve that is given by its parameters (RFC 8422 5.4: MUST NOT). */
export function parseServerKeyExchange(
  body: Uint8Array,
  { kind, anonymous, version }: { readonly kind: ServerShare['kind']; readonly anonymous: boolean; readonly version: number },
): ServerKeyExchange | undefined {
  const message = new ByteReader(body);
  const share = parseShare(message, kind);
  const parameters = body.subarray(0, message.offset);
  if (anonymous) return message.failed || !message.done || !share ? undefined : { share, parameters };
  const algorithm = version >= TLS12 ? message.uint(2) : undefined;
  const value = message.vector(2);
  if (message.failed || !message.done || share === undefined) return undefined;
  return { share, parameters, signature: { value, ...(algorithm !== undefined && { algorithm }) } };
}

function parseShare(message: ByteReader, kind: ServerShare['kind']): ServerShare | undefined {
  switch (kind) {
    case 'ECDHE':
      return message.uint(1) === NAMED_CURVE ? { kind, group: message.uint(2), share: message.vector(1) } : undefined;
    case 'DHE':
      return { kind, prime: number(message), generator: number(message), share: number(message) };
    case 'RSA': {
      const modulus = number(message);
      message.vector(2); // exponent
      return { kind, modulus };
    }
    default:
      return kind satisfies never;
  }
}

function number(message: ByteReader): Uint8Array {
  const bytes = message.vector(2);
  const first = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(first < 0 ? bytes.length : first);
}
