/** Checks over real connections: one address after the other's questions, all addresses of a site at a time. */
import { setMaxListeners } from 'node:events';
import type { Topic } from '../../../cores/tls/check/probe.js';
import type { HandshakeTarget } from '../../../cores/tls/observation.js';
import { observationOf } from '../../../cores/tls/observe.js';
import type { Clock } from '../../../values/clock.js';
import type { Random } from '../../../values/random.js';
import { ok } from '../../../values/result.js';
import type { AddressGuard } from '../address-guard.js';
import type { Dialer } from '../dialer.js';
import type { Resolver } from '../resolver.js';
import type { SiteChecker } from '../site-checker.js';
import { planAddresses } from './address-plan.js';
import { checkAddress } from './check-address.js';
import { CheckTools } from './check-tools.js';
import { makeClientTools } from './client-tools.js';
import { talk } from './connection.js';
import { HostLimits, IN_ALL } from './host-limits.js';
import { paceAt, Pacer } from './pace.js';
import { proofOffer } from './proof-offer.js';
import { stoppableDialer } from './stopping.js';
import { sweep } from './sweep.js';

type SiteCheckerOptions = {
  readonly dialer: Dialer;
  readonly resolver: Resolver;
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly random: Random;
};

/** To one address. A server with an intermediate policy takes about thirty; the most is for what has a hundred suites. */
const BUDGET = 150;
/** One connection, from the dialling to the last byte. */
const CONNECTION_MS = 5_000;
const CHECK_MS = 60_000;

export function makeSiteChecker({ clock, random, ...network }: SiteCheckerOptions): SiteChecker {
  const limits = new HostLimits();
  return {
    async check(request, { onProgress, signal, timeoutMs = CHECK_MS, connectionMs = CONNECTION_MS } = {}) {
      const at = clock.now();
      const startedAt = performance.now();
      const stopped = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
      // One for each connection that is open: four to each of eight addresses.
      setMaxListeners(0, stopped);
      const dialer = stoppableDialer(network.dialer, stopped);
      const { checked, leftOut } = await planAddresses(request, network, stopped);
      const addresses = checked.ok ? checked.value : [];
      const budget = BUDGET * addresses.length;
      let [used, done] = [0, 0];
      const onConnection = (topic: Topic) => {
        used++;
        onProgress?.({ connections: { used, budget }, addresses: { done, all: addresses.length }, topic });
      };
      const bounds = { budget: BUDGET, connectionMs, stopped, onConnection };
      const found = await Promise.all(
        addresses.map(async (address) => {
          const parts = { dialer, clock, limits, pacer: new Pacer(paceAt(request, address)), tools: new CheckTools(random) };
          const check = await checkAddress(request, address, parts, bounds);
          done++;
          return check;
        }),
      );
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
    sweep(targets, { concurrency = IN_ALL, signal } = {}) {
      // Nothing is ever said on these connections, so that one key for each group does for all.
      const tools = makeClientTools({ random, reuseKeyShares: true });
      const means = { dialer: network.dialer, clock, tools, timeoutMs: CONNECTION_MS };
      const observe = (target: HandshakeTarget) =>
        limits.run(target.socketPath ?? target.address, async () =>
          observationOf(await talk({ target, offer: proofOffer(target.servername), until: 'FINISHED' }, means)),
        );
      return sweep(targets, observe, { concurrency, ...(signal && { stopped: signal }) });
    },
  };
}
