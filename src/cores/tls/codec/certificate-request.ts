/** What a server wants of a client's certificate. */
import { EXTENSION } from '../registry/extension-types.js';
import { TLS12 } from '../registry/versions.js';
import { ByteReader } from './byte-reader.js';
import { parseExtensions } from './extensions.js';

export type CertificateRequest = {
  /** To be repeated in the answer; empty before TLS 1.3. */
  readonly context: Uint8Array;
  /** DER of distinguished names; none: any will do. */
  readonly authorities: readonly Uint8Array[];
  /** None before TLS 1.2. */
  readonly signatureAlgorithms: readonly number[];
};

/** TLS 1.2 and before (RFC 5246 7.4.4, RFC 4346 7.4.4). Undefined for a body that is none. */
export function parseCertificateRequest12(body: Uint8Array, version: number): CertificateRequest | undefined {
  const message = new ByteReader(body);
  message.vector(1); // certificate types: what may be signed with is said by the algorithms
  const signatureAlgorithms = version >= TLS12 ? message.uint16s(2) : [];
  const authorities = parseAuthorities(message);
  return message.failed || !message.done ? undefined : authorities && { context: new Uint8Array(), authorities, signatureAlgorithms };
}

/** RFC 8446 4.3.2. Undefined for a body that is none. */
export function parseCertificateRequest13(body: Uint8Array): CertificateRequest | undefined {
  const message = new ByteReader(body);
  const context = message.vector(1);
  const extensions = parseExtensions(message.vector(2));
  if (message.failed || !message.done || extensions === undefined) return undefined;
  const algorithms = new ByteReader(extensions.get(EXTENSION.SIGNATURE_ALGORITHMS) ?? new Uint8Array());
  const signatureAlgorithms = algorithms.uint16s(2);
  const names = extensions.get(EXTENSION.CERTIFICATE_AUTHORITIES);
  const authorities = names ? parseAuthorities(new ByteReader(names)) : [];
  return algorithms.failed ? undefined : authorities && { context, authorities, signatureAlgorithms };
}

function parseAuthorities(reader: ByteReader): Uint8Array[] | undefined {
  const list = new ByteReader(reader.vector(2));
  const authorities: Uint8Array[] = [];
  while (!list.done) authorities.push(list.vector(2));
  return list.failed || reader.failed || !reader.done ? undefined : authorities;
}
