/** The certificate authorities that Node trusts (Mozilla's list, as of its release): what public CAs' chains are to end at. */
import tls from 'node:tls';
import { parsePem } from '../../values/pem.js';

let read: readonly Uint8Array[] | undefined;

/** DER. */
export function publicRoots(): readonly Uint8Array[] {
  read ??= tls.rootCertificates.map((pem) => parsePem('CERTIFICATE', pem)).flatMap((parsed) => (parsed.ok ? parsed.value : []));
  return read;
}
