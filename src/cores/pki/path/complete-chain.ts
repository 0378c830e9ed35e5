/** The chain that a server has to send: the leaf, and after it each issuer up to below the root (RFC 8446 4.4.2). */
import type { Instant } from '../../../values/instant.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { readCertificate, type Certificate } from '../certificate.js';
import { readableCertificates } from '../readable-certificates.js';
import { validatePath } from './validate-path.js';

/** All DER. `chain`: leaf first, the others in any order or missing. `others`: where missing ones may be. As `validatePath` where there is no path. */
export function completeChain(
  chain: readonly Uint8Array[],
  others: readonly Uint8Array[],
  roots: readonly Uint8Array[],
  now: Instant,
): Result<readonly Uint8Array[]> {
  const [first, ...sent] = chain;
  const leaf = first ? readCertificate(first) : err(problem('CERTIFICATE_UNREADABLE', { detail: 'there is none' }));
  if (!leaf.ok) return leaf;
  const intermediates = readableCertificates([...sent, ...others]);
  const path = validatePath({ leaf: leaf.value, intermediates, roots: readableCertificates(roots), purpose: 'serverAuth', now });
  return path.ok ? ok(path.value.chain.slice(0, -1).map(({ der }) => der)) : path;
}

/** The last of the certificates that follow from the leaf, or the leaf itself: whose issuer is the one that is missing. */
export function lastLink(sent: readonly Certificate[]): Certificate {
  let last = sent[0]!;
  for (let steps = 0; steps < sent.length; steps++) {
    const next = sent.find(({ subjectDer }) => Buffer.compare(subjectDer, last.issuerDer) === 0);
    if (next === undefined || next === last) break;
    last = next;
  }
  return last;
}
