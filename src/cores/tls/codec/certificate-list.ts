/** The Certificate message of TLS 1.2 and before (RFC 5246 7.4.2), which is sent in clear text. */
import { ByteReader } from './byte-reader.js';

/** DER, as sent; undefined for a body that is not a certificate list. */
export function parseCertificateList(body: Uint8Array): Uint8Array[] | undefined {
  const message = new ByteReader(body);
  const list = new ByteReader(message.vector(3));
  const certificates: Uint8Array[] = [];
  while (!list.done) certificates.push(list.vector(3));
  return message.failed || list.failed || !message.done ? undefined : certificates;
}
