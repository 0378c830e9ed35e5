/** Which of a CA's chains is taken (RFC 8555 7.4.2): the first that ends at a root that counts. */
import type { Certificate } from '../../../cores/pki/certificate.js';
import { readableCertificates } from '../../../cores/pki/readable-certificates.js';
import { isSignedBy } from '../../../cores/pki/encoding/signature-algorithm.js';
import { parsePem } from '../../../values/pem.js';

/** DER, leaf first. */
export type Chain = readonly Uint8Array[];

/** Undefined for what is no chain. */
export function readChain(text: unknown): Chain | undefined {
  const blocks = typeof text === 'string' ? parsePem('CERTIFICATE', text) : undefined;
  return blocks?.ok ? blocks.value : undefined;
}

/** Is the last of the chain one of the roots, or signed by one? `preferred`: and by the one of that common name. */
export function endsAt(chain: Chain, roots: readonly Certificate[], preferred?: string): boolean {
  const [last] = readableCertificates(chain.slice(-1));
  if (last === undefined) return false;
  const { issuerDer, signatureAlgorithm, signed, signature, fingerprint } = last;
  return roots
    .filter(({ commonNames }) => preferred === undefined || commonNames.includes(preferred))
    .some(
      (root) =>
        root.fingerprint === fingerprint ||
        (Buffer.compare(root.subjectDer, issuerDer) === 0 && isSignedBy(root.publicKey, signatureAlgorithm, signed, signature)),
    );
}
