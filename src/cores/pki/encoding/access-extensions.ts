/** Where a certificate says that lists of revoked ones and its issuer's own are found (RFC 5280 4.2.1.13, 4.2.2.1): the URIs among the names. */
import { contentOf, inOrder, OBJECT_IDENTIFIER, readElements, readOid, SEQUENCE, type Element } from './der.js';
import { readGeneralName } from './general-name.js';
import { CA_ISSUERS } from './object-identifiers.js';

/** Each of these is undefined where `der` is no such extension. */
export function readCrlUrls(der: Uint8Array): string[] | undefined {
  return flat(elementsIn(contentOf(SEQUENCE, der))?.map(urlsOfPoint));
}

export function readIssuerUrls(der: Uint8Array): string[] | undefined {
  const descriptions = elementsIn(contentOf(SEQUENCE, der))?.map(({ tag, content }) => {
    const [method, location, more] = tag === SEQUENCE ? (readElements(content) ?? []) : [];
    const oid = method?.tag === OBJECT_IDENTIFIER ? readOid(method.content) : undefined;
    if (oid === undefined || location === undefined || more) return undefined;
    const uris = urisIn([location]);
    return oid === CA_ISSUERS ? uris : uris && [];
  });
  return flat(descriptions);
}

/** DistributionPoint: a name, reasons and an issuer of the list. */
function urlsOfPoint({ tag, content }: Element): string[] | undefined {
  const fields = tag === SEQUENCE ? readElements(content) : undefined;
  if (fields === undefined || !inOrder(fields, [POINT_NAME, REASONS, CRL_ISSUER])) return undefined;
  const issuer = fields.find(({ tag }) => tag === CRL_ISSUER);
  if (issuer && urisIn(readElements(issuer.content)) === undefined) return undefined;
  const point = fields.find(({ tag }) => tag === POINT_NAME);
  if (point === undefined) return [];
  const [name, more] = readElements(point.content) ?? [];
  if (name === undefined || more) return undefined;
  // One that is relative to the issuer's name is no place to fetch from.
  if (name.tag === RELATIVE_NAME) return [];
  return name.tag === FULL_NAME ? urisIn(readElements(name.content)) : undefined;
}

/** Undefined where one is no GeneralName. */
const urisIn = (names: readonly Element[] | undefined): string[] | undefined =>
  flat(
    names?.map(({ tag, content }) => {
      const name = readGeneralName(tag, content);
      return name && (name.type === 'uri' ? [name.value] : []);
    }),
  );

const elementsIn = (content: Uint8Array | undefined): Element[] | undefined => content && readElements(content);
const flat = <T>(lists: readonly (readonly T[] | undefined)[] | undefined): T[] | undefined =>
  lists?.every((list) => list !== undefined) ? lists.flat() : undefined;

const [POINT_NAME, REASONS, CRL_ISSUER] = [0xa0, 0x81, 0xa2];
const [FULL_NAME, RELATIVE_NAME] = [0xa0, 0xa1];
