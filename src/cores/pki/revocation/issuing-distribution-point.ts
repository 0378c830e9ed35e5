/** What a list is about (RFC 5280 5.2.5). */
import { contentOf, readElements, SEQUENCE } from '../encoding/der.js';
import { readGeneralName } from '../encoding/general-name.js';

export type IssuingDistributionPoint = {
  /** URIs; where there are any, certificates that point to one of them. */
  readonly names: readonly string[];
  readonly only?: 'USER' | 'CA';
  /** Indirect, or about some reasons or attribute certificates only. */
  readonly isPartial: boolean;
};

/** Undefined where it is none, or names both kinds of certificates. */
export function readIssuingDistributionPoint(der: Uint8Array): IssuingDistributionPoint | undefined {
  const fields = readElements(contentOf(SEQUENCE, der) ?? Uint8Array.of());
  if (fields === undefined || fields.length === 0) return undefined;
  let names: readonly string[] | undefined = [];
  const flags = new Set<number>();
  for (const { tag, content } of fields) {
    if (tag === 0xa0) names = urisOf(content);
    else flags.add(tag);
    // Named bits and booleans alike: DER leaves a FALSE out.
    if (tag !== 0xa0 && tag !== SOME_REASONS && content[0] !== 0xff) return undefined;
  }
  const [onlyUser, onlyCa] = [flags.has(ONLY_USER), flags.has(ONLY_CA)];
  if (names === undefined || (onlyUser && onlyCa)) return undefined;
  const isPartial = [...flags].some((tag) => tag !== ONLY_USER && tag !== ONLY_CA);
  return { names, isPartial, ...((onlyUser || onlyCa) && { only: onlyCa ? 'CA' : 'USER' }) };
}

/** Of a DistributionPointName. One that is relative to the issuer's name is used by nobody. */
function urisOf(content: Uint8Array): string[] | undefined {
  const [full, more] = readElements(content) ?? [];
  const names = full?.tag === 0xa0 && !more ? readElements(full.content) : undefined;
  const uris = names?.flatMap((name) => {
    const read = readGeneralName(name.tag, name.content);
    return read?.type === 'uri' ? read.value : [];
  });
  return uris && uris.length > 0 ? uris : undefined;
}

const [ONLY_USER, ONLY_CA, SOME_REASONS] = [0x81, 0x82, 0x83];
