/** Checks over real connections: one address after the other's questions, all addresses of a site at a time. */
import { setMaxListeners } from 'node:events';
import type { Topic } from '../../../../cores/tls/check/probe.js';
import type { AddressCheck } from '../../../../cores/tls/check/site-check.js';
import type { Clock } from '../../../../values/clock.js';
import type { IpAddress } from '../../../../values/ip-address.js';
import type { Random } from '../../../../values/random.js';
import { ok } from '../../../../values/result.js';
import type { AddressGuard } from '../../dialing/address-guard.js';
import type { Dialer } from '../../dialing/dialer.js';
import type { Resolver } from '../../dialing/resolver.js';
import { MOST_CONNECTIONS, type SiteChecker } from '../../site-checker.js';
import { byWeight, planAddresses } from './address-plan.js';
import { firstShare, otherShares, type Share } from './budget.js';
import { checkAddress } from './check-address.js';
import { CheckTools } from './check-tools.js';
import { HostLimits } from '../host-limits.js';
import { paceAt, Pacer } from './pace.js';
import { stoppableDialer } from '../stopping.js';

type SiteCheckerOptions = {
  readonly dialer: Dialer;
  readonly resolver: Resolver;
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly random: Random;
  /** Shared with whoever else connects to the same servers. */
  readonly limits?: HostLimits;
};

/** One connection, from the dialling to the last byte. */
const CONNECTION_MS = 5_000;
const CHECK_MS = 60_000;

export function makeSiteChecker({ clock, random, limits = new HostLimits(), ...network }: SiteCheckerOptions): SiteChecker {
  return {
    async check(request, { onProgress, signal, timeoutMs = CHECK_MS, connectionMs = CONNECTION_MS, budget = MOST_CONNECTIONS } = {}) {
      const at = clock.now();
      const startedAt = performance.now();
      const stopped = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
      // One for each connection that is open: four to each of eight addresses.
      setMaxListeners(0, stopped);
      const dialer = stoppableDialer(network.dialer, stopped);
      const { checked, leftOut } = await planAddresses(request, network, stopped, budget);
      const addresses = checked.ok ? checked.value : [];
      let [used, done] = [0, 0];
      const onConnection = (topic: Topic) => {
        used++;
        onProgress?.({ connections: { used, budget }, addresses: { done, all: addresses.length }, topic });
      };
      const look = async (address: IpAddress, { depth, budget: share }: Share): Promise<AddressCheck> => {
        const parts = { dialer, clock, limits, pacer: new Pacer(paceAt(request, address)), tools: new CheckTools(random) };
        const check = await checkAddress(request, { address, depth }, parts, { budget: share, connectionMs, stopped, onConnection });
        done++;
        return check;
      };
      const found = await lookAtAll(addresses, budget, look);
      const { name, port, startTls } = request;
      return {
        ...(name !== undefined && { name }),
        port,
        ...(startTls && { startTls }),
        ...{ at, tookMs: Math.round(performance.now() - startedAt) },
        addresses: checked.ok ? ok(found) : checked,
        leftOut,
        connections: { used, budget },
      };
    },
  };
}

/** In the order of `addresses`, whatever the order in which they are looked at. */
async function lookAtAll(
  addresses: readonly IpAddress[],
  budget: number,
  look: (address: IpAddress, share: Share) => Promise<AddressCheck>,
): Promise<readonly AddressCheck[]> {
  const [first, ...others] = byWeight(addresses);
  if (first === undefined) return [];
  const shown = await look(first, firstShare(budget, others.length));
  const used = shown.connections;
  const shares = otherShares(budget - used, others.length, { used });
  const found = [shown, ...(await Promise.all(others.map((address, i) => look(address, shares[i]!))))];
  return addresses.map((address) => found.find((check) => check.address === address)!);
}
