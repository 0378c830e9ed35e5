/** How renewal information names a certificate (RFC 9773 4.1): by its issuer's key and its serial number. */
import type { Certificate } from './certificate.js';
import { encodeSerial } from './encoding/serial.js';

/** Base64url of the authority key identifier, a dot, base64url of the serial's content octets. Undefined without an authority key identifier. */
export function renewalCertificateId({ authorityKeyIdentifier, serial }: Certificate): string | undefined {
  if (authorityKeyIdentifier === undefined) return undefined;
  const keyIdentifier = Buffer.from(authorityKeyIdentifier, 'hex').toString('base64url');
  return `${keyIdentifier}.${Buffer.from(encodeSerial(serial)).toString('base64url')}`;
}
