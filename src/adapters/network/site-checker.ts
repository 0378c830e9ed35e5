/**
 * The full check of one site, and the sweep over many. What is asked is decided in cores/tls/check; this room connects, within budgets.
 * Nothing here judges: cores/tls/diagnosis does.
 */
import type { SiteCheck, StartTls } from '../../cores/tls/check/site-check.js';
import type { Topic } from '../../cores/tls/check/probe.js';
import type { HandshakeTarget, Observation } from '../../cores/tls/observation.js';
import type { Hostname } from '../../values/hostname.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Clock } from '../../values/clock.js';
import type { Random } from '../../values/random.js';
import { ok } from '../../values/result.js';
import type { AddressGuard } from './address-guard.js';
import type { Dialer } from './dialer.js';
import { planAddresses } from './probe/address-plan.js';
import { checkAddress } from './probe/check-address.js';
import { HostLimits } from './probe/host-limits.js';
import { type Pace, Pacer } from './probe/pace.js';
import { stoppableDialer } from './probe/stoppable-dialer.js';
import { CheckTools } from './probe/check-tools.js';
import type { Resolver } from './resolver.js';

export type CheckRequest = {
  /** Sent as SNI; looked up, where no `address` is given. One of the two is there. */
  readonly name?: Hostname;
  /** Dialled in the place of what the name leads to. */
  readonly address?: IpAddress;
  readonly port: number;
  readonly startTls?: StartTls;
  /** Where plain HTTP is to be asked for `/`. Where absent: 80 for a site on port 443, and nowhere for others. */
  readonly plainPort?: number;
  readonly pace: Pace;
};

export type CheckProgress = {
  readonly connections: { readonly used: number; readonly budget: number };
  readonly addresses: { readonly done: number; readonly all: number };
  /** What is being asked now. */
  readonly topic: Topic;
};

export type CheckOptions = {
  /** After each connection. */
  readonly onProgress?: (progress: CheckProgress) => void;
  /** Aborted: what is known by then is answered, the rest as CHECK_STOPPED. */
  readonly signal?: AbortSignal;
  /** For the whole check. */
  readonly timeoutMs?: number;
};

export interface SiteChecker {
  /** Never rejects: what goes wrong is in the answer. */
  check(request: CheckRequest, options?: CheckOptions): Promise<SiteCheck>;
  /**
   * One handshake with each target, as cheap as can be, in the order in which they end. Targets are taken one by one as places become free,
   * so that any number of them costs no memory. `concurrency` bounds this call; per address four is the most in any case.
   */
  sweep(targets: AsyncIterable<HandshakeTarget> | Iterable<HandshakeTarget>, options?: SweepOptions): AsyncIterable<Observation>;
}
export type SweepOptions = { readonly concurrency?: number; readonly signal?: AbortSignal };

/** Nest token. */
export const SITE_CHECKER = Symbol('SiteChecker');

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
    async check(request, { onProgress, signal, timeoutMs = CHECK_MS } = {}) {
      const at = clock.now();
      const startedAt = performance.now();
      const stopped = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
      const dialer = stoppableDialer(network.dialer, stopped);
      const { checked, leftOut } = await planAddresses(request, network);
      const addresses = checked.ok ? checked.value : [];
      const budget = BUDGET * addresses.length;
      let [used, done] = [0, 0];
      const onConnection = (topic: Topic) => {
        used++;
        onProgress?.({ connections: { used, budget }, addresses: { done, all: addresses.length }, topic });
      };
      const bounds = { budget: BUDGET, connectionMs: CONNECTION_MS, stopped, onConnection };
      const found = await Promise.all(
        addresses.map(async (address) => {
          const parts = { dialer, clock, limits, pacer: new Pacer(request.pace), tools: new CheckTools(random) };
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
    async *sweep() {},
  };
}
