/** Distinguished names as text (RFC 4514), and the few that we write ourselves. */
import { AsnConvert } from '@peculiar/asn1-schema';
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from '@peculiar/asn1-x509';

/** RFC 4514 3 and, below the blank line, the names that tools print for the rest. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.6': 'C',
  '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',

  '2.5.4.5': 'serialNumber',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.97': 'organizationIdentifier',
};
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';

/** Last RDN first, as RFC 4514 2.1 wants it: `CN=shop.example,O=Shop Ltd,C=DE`. Empty text for an empty name. */
export function formatName(name: Name): string {
  return [...name]
    .reverse()
    .map((rdn) => [...rdn].map(formatAttribute).join('+'))
    .join(',');
}

export const commonNamesOf = (name: Name): string[] =>
  [...name].flatMap((rdn) => [...rdn].filter(({ type }) => type === COMMON_NAME).map(({ value }) => value.toString()));

/** DER of `O=…, CN=…`, in UTF8String. */
export function encodeName(organization: string, commonName: string): Uint8Array {
  const rdn = (type: string, text: string) =>
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String: text }) })]);
  return new Uint8Array(AsnConvert.serialize(new Name([rdn(ORGANIZATION, organization), rdn(COMMON_NAME, commonName)])));
}

export const EMPTY_NAME = new Uint8Array(AsnConvert.serialize(new Name([])));

function formatAttribute({ type, value }: AttributeTypeAndValue): string {
  if (value.anyValue !== undefined) return `${SHORT_NAMES[type] ?? type}=#${Buffer.from(value.anyValue).toString('hex')}`;
  return `${SHORT_NAMES[type] ?? type}=${escapeValue(value.toString())}`;
}

/** RFC 4514 2.4; control characters are escaped as well, so that a name cannot forge lines of a log. */
function escapeValue(text: string): string {
  return text
    .replace(/[\\"+,;<>]/g, '\\$&')
    .replace(/^[# ]| $/g, '\\$&')
    .replace(/\p{Cc}/gu, (character) => [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join(''));
}
