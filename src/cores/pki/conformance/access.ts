/** Where issuers, responders and lists are found (RFC 5280 4.2.1.13, 4.2.2.1, CA/B BR 7.1.2.11.2). */
import { contentOf, readElements, readOid, SEQUENCE, type Element } from '../encoding/der.js';
import { readGeneralName } from '../encoding/general-name.js';
import type { Rule } from './rule.js';
import { EXTENSION } from '../encoding/object-identifiers.js';

const URI = 0x86;

export const accessDescriptions: Rule = ({ written: { extensions } }) => {
  const extension = extensions?.get(EXTENSION.authorityInfoAccess);
  if (extension === undefined) return undefined;
  if (extension.critical) return 'its authority information access is critical';
  const descriptions = readElements(contentOf(SEQUENCE, extension.value) ?? Uint8Array.of()) ?? [];
  return descriptions.length > 0 && descriptions.every(isDescription) ? undefined : 'its authority information access is malformed';
};

/** RFC 5280 lets it be any name; CA/B BR asks for an HTTP URL, and clients pass over what is none. */
function isDescription({ tag, content }: Element): boolean {
  const [method, location, more] = tag === SEQUENCE ? (readElements(content) ?? []) : [];
  const oid = method?.tag === 0x06 ? readOid(method.content) : undefined;
  return oid !== undefined && location !== undefined && readGeneralName(location.tag, location.content) !== undefined && !more;
}

export const distributionPoints: Rule = ({ place, written: { extensions } }) => {
  const extension = extensions?.get(EXTENSION.crlDistributionPoints);
  if (extension === undefined) return undefined;
  if (extension.critical) return 'its CRL distribution points are critical';
  // Nobody looks for a list about a root, and some of those point to LDAP.
  if (place === 'ROOT') return undefined;
  const points = readElements(contentOf(SEQUENCE, extension.value) ?? Uint8Array.of()) ?? [];
  return points.length > 0 && points.every(isPoint) ? undefined : 'its CRL distribution points are malformed';
};

/** A name and nothing else, as CA/B BR 7.1.2.11.2 has it. */
function isPoint({ tag, content }: Element): boolean {
  const [name, more] = tag === SEQUENCE ? (readElements(content) ?? []) : [];
  const [full, other] = name?.tag === 0xa0 ? (readElements(name.content) ?? []) : [];
  const uris = full?.tag === 0xa0 && !other && !more ? (readElements(full.content) ?? []) : [];
  return uris.length > 0 && uris.every((uri) => uri.tag === URI && isHttp(uri.content));
}

const isHttp = (content: Uint8Array): boolean => /^http:\/\/[^/]/i.test(Buffer.from(content).toString('latin1'));
