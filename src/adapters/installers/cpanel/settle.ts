/** Apache shows what was installed after a restart in the background: websites are looked at until they show it. */
import { createHash } from 'node:crypto';
import { isWildcard, type CertificateName, type Hostname } from '../../../values/hostname.js';
import { parsePem } from '../../../values/pem.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Prober } from '../../network/prober.js';
import { untilShown, type Expected } from '../../network/until-shown.js';
import type { Side } from './bring.js';
import type { Materials, SiteChange } from './generation-book.js';

/**
 * SERVER_REFUSED where one goes on to show another certificate. One that cannot be looked at from here says nothing: whoever has to prove
 * the change will say so.
 */
export async function untilSettled(
  prober: Prober,
  sites: readonly SiteChange[],
  materials: Materials,
  side: Side,
  limitMs: number,
): Promise<Result<void>> {
  const looks = sites.flatMap((site) => {
    const [key] = site.keys;
    return key ? [{ site, expected: expectedOf(site, key, materials, side) }] : [];
  });
  const missing = await untilShown(
    prober,
    looks.map(({ expected }) => expected),
    limitMs,
  );
  const wrong = missing.filter(({ last }) => last.session).map(({ expected: { target } }) => notShown(`${target.servername}`, limitMs));
  return wrong[0] ? err(wrong[0]) : ok(undefined);
}

function expectedOf(site: SiteChange, key: SiteChange['keys'][number], materials: Materials, side: Side): Expected {
  const target = { address: key.address, port: key.port, servername: probeName(key.name) };
  const wanted = materials.get(site.servername)?.[side];
  const other = site[side === 'after' ? 'before' : 'after'];
  if (!wanted) return { target, accepts: ([leaf]) => leaf === undefined || sha256(leaf) !== other };
  const blocks = parsePem('CERTIFICATE', `${wanted.certificate}${wanted.chain}`);
  const ours = blocks.ok ? blocks.value.map(sha256) : [];
  // The whole chain, since a repaired one has the same leaf. cPanel may add to it.
  return {
    target,
    accepts: (chain) => {
      const shown = chain.map(sha256);
      return shown[0] === ours[0] && ours.every((each) => shown.includes(each));
    },
  };
}

/** A name that a wildcard stands for, and that nobody would have made a website of. */
const probeName = (name: CertificateName): Hostname => (isWildcard(name) ? `hostseal-look${name.slice(1)}` : name) as Hostname;
const sha256 = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');

const notShown = (name: string, limitMs: number): Problem =>
  problem('SERVER_REFUSED', {
    detail: `cPanel has the change of ${name}, and Apache does not show it after ${Math.round(limitMs / 1000)} s`,
  });
