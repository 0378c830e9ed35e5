/** What a CA gives us is checked, not believed: the key, the names, the path to its root, the rules. */
import { readCertificate, type Certificate } from './certificate.js';
import { lint } from './lints/lint-certificate.js';
import { validatePath } from './path/validate-path.js';
import { readableCertificates } from './readable-certificates.js';
import { sampleOf, type CertificateName } from '../../values/hostname.js';
import { days, since, type Instant } from '../../values/instant.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';

export type Issued = {
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly roots: readonly Uint8Array[];
  readonly names: readonly CertificateName[];
  /** Is the leaf for the key that the request was made with? */
  readonly keyMatches: boolean;
  /** Of a CA that the public does not trust: the rules for public ones do not bind it. */
  readonly isPrivate?: boolean;
  readonly now: Instant;
};

/** `root`: the one of `roots` that its path ends at. */
export type Checked = { readonly leaf: Certificate; readonly root: Certificate };

export function checkIssued({ chain, roots, names, keyMatches, isPrivate, now }: Issued): Result<Checked> {
  const [leafDer, ...rest] = chain;
  if (!leafDer) return err(problem('CERTIFICATE_UNREADABLE', { detail: 'the chain is empty' }));
  const leaf = readCertificate(leafDer);
  if (!leaf.ok) return leaf;
  if (!keyMatches) return err(problem('KEY_MISMATCH'));
  const missing = names.find((name) => !leaf.value.names.includes(name));
  if (missing !== undefined) return err(problem('CERTIFICATE_NAME_MISMATCH', { covered: leaf.value.names.join(', '), name: missing }));
  // Whoever controls that name did not ask for it, and its certificate would be in a stranger's hands.
  const unasked = leaf.value.names.find((name) => !names.includes(name));
  if (unasked !== undefined) return err(problem('CERTIFICATE_NAME_UNASKED', { name: unasked }));
  const links = { intermediates: readableCertificates(rest), roots: readableCertificates(roots) };
  let root: Certificate | undefined;
  for (const name of names) {
    const path = validatePath({ leaf: leaf.value, ...links, hostname: sampleOf(name), purpose: 'serverAuth', now });
    if (!path.ok) return path;
    root = path.value.chain.at(-1);
  }
  if (root === undefined) throw new Error('an order without names');
  // A worker that comes days later asks what held when it was signed; by then only the certificate says when that was.
  const late = since(leaf.value.notBefore, now) > days(2);
  const broken = lint(leaf.value, late ? leaf.value.notBefore : now, isPrivate);
  return broken[0] ? err({ ...broken[0], sub: broken.slice(1) }) : ok({ leaf: leaf.value, root });
}
