/** The doctor's visit to one server of the lab: the check, what stands behind its chains, the diagnosis. */
import { makeAddressGuard } from '../../src/adapters/network/dialing/address-guard.js';
import { chainBackground } from '../../src/adapters/network/chain-background.js';
import { makeDialer } from '../../src/adapters/network/dialing/dialer.js';
import { makeHttpClient } from '../../src/adapters/network/http/https.js';
import { makeIssuerFetcher } from '../../src/adapters/network/issuer-fetcher.js';
import { makeSiteChecker } from '../../src/adapters/network/probe/check/site-checker.js';
import { makeResolver } from '../../src/adapters/network/dialing/resolver.js';
import { makeRevocationLists } from '../../src/adapters/network/revocation-lists.js';
import type { SiteCheck } from '../../src/cores/tls/check/site-check.js';
import { diagnose } from '../../src/cores/tls/diagnosis/diagnose.js';
import type { Diagnosis } from '../../src/cores/tls/diagnosis/diagnosis.js';
import { SystemRandom } from '../../src/platform/random.js';
import type { Clock } from '../../src/values/clock.js';
import { parseHostname } from '../../src/values/hostname.js';
import { instant } from '../../src/values/instant.js';
import { unwrap } from '../../src/values/result.js';
import { ip } from '../support/network.js';
import { trustedRoots } from './authorities.js';
import type { Lab, RunningServer } from './lab.js';
import { DAY } from './recipes.js';

export type Visit = { readonly check: SiteCheck; readonly found: readonly Diagnosis[] };

/** Where the lab is. */
const ALLOWED = ['127.0.0.1', '127.0.0.2', '::1'].map((address) => ({ address: ip(address) }));

export async function visit(server: RunningServer, { dns, authorities }: Lab): Promise<Visit> {
  const { host, port, plainPort, startTls, asks, clock: daysOff = 0, knowing, made } = server;
  const clock: Clock = { now: () => instant(Date.now() + daysOff * DAY) };
  const guard = makeAddressGuard(ALLOWED);
  const resolver = makeResolver({ servers: [dns.server] });
  const dialer = makeDialer({ guard, resolver });
  const http = makeHttpClient({ dialer, extraRoots: [] });
  const checker = makeSiteChecker({ dialer, resolver, guard, clock, random: new SystemRandom() });
  const whom = asks === 'ADDRESS_ALONE' ? { address: ip(server.addresses[0]!) } : { name: unwrap(parseHostname(host)) };
  const check = await checker.check({ ...whom, port, plainPort, ...(startTls && { startTls }), pace: 'OURS' });
  const seen = { check, now: clock.now(), roots: trustedRoots(authorities).map(({ rootDer }) => rootDer) };
  const background = await chainBackground(seen, {
    issuers: makeIssuerFetcher({ http, clock }),
    lists: makeRevocationLists({ http, clock }),
  });
  return { check, found: diagnose({ ...seen, ...background, ...knowing?.(made) }) };
}
