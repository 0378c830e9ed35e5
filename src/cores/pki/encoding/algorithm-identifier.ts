/** AlgorithmIdentifier (RFC 5280 4.1.1.2): an OID, and parameters of any kind or none. */
import { OBJECT_IDENTIFIER, readElements, readOid, SEQUENCE, type Element } from './der.js';

export type AlgorithmIdentifier = {
  readonly oid: string;
  /** DER; empty where there are none. */
  readonly parameters: Uint8Array;
};

/** Undefined where it is none. */
export function readAlgorithmIdentifier({ tag, content }: Element): AlgorithmIdentifier | undefined {
  const [id, parameters, more] = tag === SEQUENCE ? (readElements(content) ?? []) : [];
  const oid = id?.tag === OBJECT_IDENTIFIER ? readOid(id.content) : undefined;
  return oid === undefined || more ? undefined : { oid, parameters: parameters?.bytes ?? Uint8Array.of() };
}
