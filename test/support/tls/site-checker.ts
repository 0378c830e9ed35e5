/** The full check for tests: what a test allows is what it may dial. */
import { makeAddressGuard } from '../../../src/adapters/network/dialing/address-guard.js';
import { makeDialer } from '../../../src/adapters/network/dialing/dialer.js';
import { makeSiteChecker } from '../../../src/adapters/network/probe/check/site-checker.js';
import { makeResolver } from '../../../src/adapters/network/dialing/resolver.js';
import type { CheckOptions, CheckRequest, SiteChecker } from '../../../src/adapters/network/site-checker.js';
import type { AddressCheck } from '../../../src/cores/tls/check/site-check.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { SystemRandom } from '../../../src/platform/random.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { ip } from '../network.js';

export const LOOPBACK = ip('127.0.0.1');
export const SHOP = unwrap(parseHostname('shop.example.test'));

/** May dial `allowed` and nothing else of this machine; `dns`: servers that are asked in the place of the system's. */
export function loopbackChecker({ allowed = ['127.0.0.1'], dns = [] as readonly string[] } = {}): SiteChecker {
  const resolver = makeResolver({ servers: dns });
  const guard = makeAddressGuard(allowed.map((address) => ({ address: ip(address) })));
  return makeSiteChecker({
    dialer: makeDialer({ guard, resolver }),
    resolver,
    guard,
    clock: new SystemClock(),
    random: new SystemRandom(),
  });
}

/** Of the shop on a port of loopback: what its one address showed, and how many connections that took. */
export async function checkShop(port: number, more: Partial<CheckRequest> = {}, options: CheckOptions = {}): Promise<AddressCheck> {
  const check = await loopbackChecker().check({ name: SHOP, address: LOOPBACK, port, pace: 'OURS', ...more }, options);
  return unwrap(check.addresses)[0]!;
}
