/** May a staged generation be served? cPanel has no test of its own that changes nothing, so the judgement is ours. Pure. */
import type { Instant } from '../../../values/instant.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { checkCertificate } from '../certificate-check.js';
import { bindingKeyText } from '../installer.js';
import type { KeptGeneration, Materials, SiteChange } from './generation-book.js';
import { scan, standsFor, type Material } from './website.js';

/** SERVER_CONFIG_REFUSED, with one `sub` for each binding that is to blame. */
export function judge({ sites, refusals }: KeptGeneration, materials: Materials, now: Instant): Result<void> {
  const wrong = [
    ...refusals.map(({ subject, why }) => refusal(subject, why)),
    ...sites.flatMap((site) => wrongWith(site, materials.get(site.servername), now)),
  ];
  const [first] = wrong;
  return first ? err(problem('SERVER_CONFIG_REFUSED', { detail: String(first.facts['detail']) }, { sub: wrong })) : ok(undefined);
}

const refusal = (subject: string, detail: string): Problem => problem('SERVER_CONFIG_REFUSED', { detail }, { subject });

function wrongWith(site: SiteChange, material: { before?: Material; after?: Material } = {}, now: Instant): readonly Problem[] {
  const { before, after } = material;
  if (!after) return [];
  const files = { fingerprint: site.after ?? '', chain: `${after.certificate}${after.chain}`, key: after.key };
  const unusable = site.keys.flatMap((key) => {
    const checked = checkCertificate(files, key.name, now);
    return checked.ok ? [] : refusal(bindingKeyText(key), `${key.name}: ${checked.problem}`);
  });
  if (unusable.length > 0) return unusable;
  const lost = namesLost(site, before, after, now);
  const why = `its website also answers for ${lost.join(', ')}, which the certificate that is there covers and the new one does not`;
  return lost.length === 0 ? [] : site.keys.map((key) => refusal(bindingKeyText(key), why));
}

/** What the website answers for validly now, and would not any more. An expired certificate covers nothing, nor does one that nobody signed. */
function namesLost({ names }: SiteChange, before: Material | undefined, after: Material, now: Instant): readonly string[] {
  const [old, fresh] = [before && scan(before.certificate), scan(after.certificate)];
  if (!old || !fresh || old.notAfter < now || old.selfSigned) return [];
  return names.filter((name) => standsFor(old.names, name) && !standsFor(fresh.names, name));
}
