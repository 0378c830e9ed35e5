/** Distinguished names as text (RFC 4514). */
import { textOf, type Attribute } from './encoding/directory-name.js';

/** As `readRdns` gives it. */
type Name = readonly (readonly Attribute[])[];

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

/** Last RDN first, as RFC 4514 2.1 wants it: `CN=shop.example,O=Shop Ltd,C=DE`. Empty text for an empty name. */
export const formatName = (name: Name): string =>
  name
    .toReversed()
    .map((rdn) => rdn.map(formatAttribute).join('+'))
    .join(',');

export const commonNamesOf = (name: Name): string[] =>
  name.flatMap((rdn) => rdn.filter(({ type }) => type === COMMON_NAME).map(({ value }) => textOf(value) ?? inHex(value)));

/** RFC 4514 2.4: a value of another kind than a string, in hex. */
function formatAttribute({ type, value }: Attribute): string {
  const text = textOf(value);
  return `${SHORT_NAMES[type] ?? type}=${text === undefined ? inHex(value) : escapeValue(text)}`;
}

const inHex = ({ bytes }: Attribute['value']): string => `#${Buffer.from(bytes).toString('hex')}`;

/** RFC 4514 2.4; control characters are escaped as well, so that a name cannot forge lines of a log. */
function escapeValue(text: string): string {
  return text
    .replace(/[\\"+,;<>]/g, '\\$&')
    .replace(/^[# ]| $/g, '\\$&')
    .replace(/\p{Cc}/gu, (character) => [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join(''));
}
