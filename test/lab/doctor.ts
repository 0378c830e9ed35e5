/** The doctor's visit to one server of the lab: the check, what is fetched beside it, the diagnosis. */
import { makeAddressGuard } from '../../src/adapters/network/address-guard.js';
import { makeDialer } from '../../src/adapters/network/dialer.js';
import { makeResolver } from '../../src/adapters/network/resolver.js';
import { makeSiteChecker } from '../../src/adapters/network/probe/site-checker.js';
import type { SiteCheck } from '../../src/cores/tls/check/site-check.js';
import { diagnose } from '../../src/cores/tls/diagnosis/diagnose.js';
import type { Diagnosis } from '../../src/cores/tls/diagnosis/diagnosis.js';
import type { Clock } from '../../src/values/clock.js';
import { parseHostname } from '../../src/values/hostname.js';
import { instant } from '../../src/values/instant.js';
import { SystemRandom } from '../../src/platform/random.js';
import { unwrap } from '../../src/values/result.js';
import { ip } from '../support/network.js';
import { trustedRoots } from './authorities.js';
import type { Lab, RunningServer } from './lab.js';
import { DAY } from './recipes.js';

export type Visit = { readonly check: SiteCheck; readonly found: readonly Diagnosis[] };

export async function visit(server: RunningServer, { dns, authorities }: Lab): Promise<Visit> {
  const { host, port, plainPort, startTls, asks, clock: daysOff = 0, knowing, made } = server;
  const clock: Clock = { now: () => instant(Date.now() + daysOff * DAY) };
  const guard = makeAddressGuard(['127.0.0.1', '127.0.0.2', '::1'].map((address) => ({ address: ip(address) })));
  const resolver = makeResolver({ servers: [dns.server] });
  const checker = makeSiteChecker({ dialer: makeDialer({ guard, resolver }), resolver, guard, clock, random: new SystemRandom() });
  const [address] = server.addresses;
  const whom = asks === 'ADDRESS_ALONE' ? { address: ip(address!) } : { name: unwrap(parseHostname(host)) };
  const check = await checker.check({ ...whom, port, plainPort, ...(startTls && { startTls }), pace: 'OURS' });
  const known = { roots: trustedRoots(authorities).map(({ rootDer }) => rootDer), fetchedIssuers: [], revoked: new Set<string>() };
  return { check, found: diagnose({ check, now: clock.now(), ...known, ...knowing?.(made) }) };
}
