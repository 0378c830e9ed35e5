/** The group in an ECDHE ServerKeyExchange (RFC 8422 5.4). */
import { ByteReader } from './byte-reader.js';

const NAMED_CURVE = 3;

/** The group's IANA number; undefined for a curve given by its parameters, and for a body that is none. */
export function parseEcdheGroup(body: Uint8Array): number | undefined {
  const parameters = new ByteReader(body);
  const type = parameters.uint(1);
  const group = parameters.uint(2);
  return parameters.failed || type !== NAMED_CURVE ? undefined : group;
}
