/** Roots and intermediates, as many as can be read: what cannot be read can be no link of a path, and a browser passes over it as well. */
import { readCertificate, type Certificate } from './certificate.js';

/** The same few stand above all leaves, so each is read once: reading one costs as much as checking a signature with it. */
const read = new Map<string, Certificate>();
/** Above the number of roots in any trust store; of large ones fewer. */
const REMEMBERED = 500;
const REMEMBERED_BYTES = 2_097_152;
let bytes = 0;

export function readableCertificates(ders: readonly Uint8Array[]): Certificate[] {
  return ders.flatMap((der) => {
    const key = Buffer.from(der).toString('latin1');
    const known = read.get(key);
    if (known) return [known];
    const certificate = readCertificate(der);
    if (!certificate.ok) return [];
    if (read.size >= REMEMBERED || bytes + der.length > REMEMBERED_BYTES) {
      read.clear();
      bytes = 0;
    }
    bytes += der.length;
    read.set(key, certificate.value);
    return [certificate.value];
  });
}
