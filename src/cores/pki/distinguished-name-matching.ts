/** Distinguished names compared as RFC 5280 7.1 says: letters without their case, runs of blanks as one, whatever string type they came in. */
import { OBJECT_IDENTIFIER, readElements, readOid, SET, type Element } from './encoding/der.js';
import { textOf } from './encoding/directory-name.js';

const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

/** Does `name` begin with all RDNs of `start`? Both are contents of an RDNSequence; undefined where one is none. */
export function namesWithin(name: Uint8Array, start: Uint8Array): boolean | undefined {
  const [whole, beginning] = [rdnsOf(name), rdnsOf(start)];
  if (whole === undefined || beginning === undefined) return undefined;
  return beginning.every((rdn, i) => rdn === whole[i]);
}

/** The values of its emailAddress attributes (RFC 5280 4.1.2.6). */
export function mailAddressesOf(name: Uint8Array): string[] {
  const attributes = (readElements(name) ?? []).flatMap(({ content }) => readElements(content) ?? []);
  return attributes.flatMap(({ content }) => {
    const [type, value] = readElements(content) ?? [];
    const isAddress = type?.tag === OBJECT_IDENTIFIER && readOid(type.content) === EMAIL_ADDRESS;
    return isAddress && value ? (textOf(value) ?? []) : [];
  });
}

/** One text for each RDN, the same for RDNs that are equal. */
function rdnsOf(name: Uint8Array): string[] | undefined {
  const rdns = readElements(name)?.map(({ tag, content }) => (tag === SET ? readElements(content)?.map(attributeText) : undefined));
  if (!rdns?.every((rdn) => rdn !== undefined && rdn.length > 0 && rdn.every((text) => text !== undefined))) return undefined;
  return rdns.map((rdn) => JSON.stringify([...(rdn as string[])].sort()));
}

function attributeText({ content }: Element): string | undefined {
  const [type, value, more] = readElements(content) ?? [];
  if (type?.tag !== OBJECT_IDENTIFIER || value === undefined || more) return undefined;
  const text = textOf(value);
  const normal = text === undefined ? `#${Buffer.from(value.bytes).toString('hex')}` : text.normalize('NFKC').toLowerCase();
  return `${Buffer.from(type.content).toString('hex')}=${normal.trim().replace(/\s+/g, ' ')}`;
}
