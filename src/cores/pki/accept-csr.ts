/** Which certificate requests may be sent to a CA, and signed by one: asked before either, as a CA's own refusal may end the order. */
import type { CertificateName } from '../../values/hostname.js';
import { problem } from '../../values/problems/problem.js';
import { err, type Result } from '../../values/result.js';
import { readCsr, type Csr } from './csr.js';
import { weaknessOf } from './weak-key.js';

/** CSR_INVALID with what is wrong, where the request is not for exactly these names (RFC 8555 7.4) or its key may not be certified. */
export function acceptCsr(der: Uint8Array, names: readonly CertificateName[]): Result<Csr> {
  const csr = readCsr(der);
  if (!csr.ok) return csr;
  const refuse = (detail: string) => err(problem('CSR_INVALID', { detail }));
  if (csr.value.names.join() !== [...names].sort().join()) return refuse('its names are not those of the order');
  if (csr.value.otherNames > 0) return refuse('it asks for more than host names');
  if (!csr.value.signatureValid) return refuse('its signature is wrong');
  const weakness = weaknessOf(csr.value.publicKey);
  return weakness === undefined ? csr : refuse(weakness);
}
