/**
 * HAProxy looks for a name among the exact ones and among the wildcards alike, and then prefers ECDSA: of an exact name with an RSA certificate
 * alone and a wildcard with an ECDSA one it shows the wildcard's, which may be another tenant's. That is refused.
 */
import { X509Certificate } from 'node:crypto';
import { isWildcard, withoutWildcard, type CertificateName } from '../../../values/hostname.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { ok, type Result } from '../../../values/result.js';
import type { SiteChange, Staged } from '../generations/dialect.js';
import type { Site } from '../generations/site.js';
import { bindingKeyText, type BindingKey } from '../installer.js';
import { listOf } from './lists.js';

/** One SERVER_CONFIG_REFUSED for each change. An exact name costs a look at one more list, a wildcard at all. */
export async function confused(changes: readonly SiteChange[], staged: Staged): Promise<Result<readonly Problem[]>> {
  const problems: Problem[] = [];
  for (const { key, to } of changes) {
    if (!to) continue;
    const pairs = isWildcard(key.name) ? await exactSitesBelow(to, staged) : await wildcardAbove(to, staged);
    if (!pairs.ok) return pairs;
    for (const { exact, wildcard } of pairs.value) {
      const [ofExact, ofWildcard] = [await hasEcdsa(exact, staged), await hasEcdsa(wildcard, staged)];
      if (!ofExact.ok || !ofWildcard.ok) return ofExact.ok ? (ofWildcard as Result<never>) : ofExact;
      if (ofExact.value || !ofWildcard.value) continue;
      const detail = `HAProxy would show the ECDSA certificate of ${wildcard.key.name} for ${exact.key.name}, which has RSA alone: give that one an ECDSA certificate too`;
      problems.push(problem('SERVER_CONFIG_REFUSED', { detail }, { subject: bindingKeyText(key) }));
      break;
    }
  }
  return ok(problems);
}

type Pair = { readonly exact: Site; readonly wildcard: Site };

async function wildcardAbove(exact: Site, staged: Staged): Promise<Result<readonly Pair[]>> {
  const above: BindingKey = { ...exact.key, name: `*${exact.key.name.slice(exact.key.name.indexOf('.'))}` as CertificateName };
  const sites = await staged.sites(new Set([listOf(above)]));
  if (!sites.ok) return sites;
  const wildcard = sites.value.get(bindingKeyText(above));
  return ok(wildcard ? [{ exact, wildcard }] : []);
}

async function exactSitesBelow(wildcard: Site, staged: Staged): Promise<Result<readonly Pair[]>> {
  const { address, port, name } = wildcard.key;
  const sites = await staged.sites();
  if (!sites.ok) return sites;
  const below = [...sites.value.values()].filter(
    ({ key }) => key.address === address && key.port === port && !isWildcard(key.name) && parentOf(key.name) === withoutWildcard(name),
  );
  return ok(below.map((exact) => ({ exact, wildcard })));
}

const parentOf = (name: string): string => name.slice(name.indexOf('.') + 1);

async function hasEcdsa({ certificates }: Site, staged: Staged): Promise<Result<boolean>> {
  for (const id of certificates) {
    const files = await staged.certificate(id);
    // What cannot be read any more was said of the binding that it belongs to.
    if (!files.ok && files.problem.code !== 'CERTIFICATE_UNREADABLE') return files;
    if (files.ok && new X509Certificate(files.value.chain).publicKey.asymmetricKeyType === 'ec') return ok(true);
  }
  return ok(false);
}
