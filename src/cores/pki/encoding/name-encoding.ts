/** The few distinguished names that we write ourselves. */
import { AsnConvert } from '@peculiar/asn1-schema';
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from '@peculiar/asn1-x509';

const [COMMON_NAME, ORGANIZATION] = ['2.5.4.3', '2.5.4.10'] as const;

/** DER of `O=…, CN=…`, in UTF8String. */
export function encodeName(organization: string, commonName: string): Uint8Array {
  const rdn = (type: string, text: string) =>
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String: text }) })]);
  return new Uint8Array(AsnConvert.serialize(new Name([rdn(ORGANIZATION, organization), rdn(COMMON_NAME, commonName)])));
}

export const EMPTY_NAME = new Uint8Array(AsnConvert.serialize(new Name([])));
