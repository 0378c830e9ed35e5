/** The check itself: which addresses are meant, what a server shows there, and what else has to be known to judge it. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { makeAddressGuard } from '../../adapters/network/dialing/address-guard.js';
import { chainBackground } from '../../adapters/network/chain-background.js';
import { makeDialer } from '../../adapters/network/dialing/dialer.js';
import type { HttpClient } from '../../adapters/network/http/https.js';
import { makeIssuerFetcher } from '../../adapters/network/issuer-fetcher.js';
import { makeProber } from '../../adapters/network/probe/prober.js';
import { makeSiteChecker } from '../../adapters/network/probe/check/site-checker.js';
import { makeResolver, type Resolver } from '../../adapters/network/dialing/resolver.js';
import { makeRevocationLists } from '../../adapters/network/revocation-lists.js';
import type { CheckProgress } from '../../adapters/network/site-checker.js';
import type { AddressCheck, SiteCheck } from '../../cores/tls/check/site-check.js';
import type { Observation } from '../../cores/tls/observation.js';
import type { Evidence } from '../../cores/tls/diagnosis/diagnosis.js';
import { SystemRandom } from '../../platform/random.js';
import type { Clock } from '../../values/clock.js';
import type { Instant } from '../../values/instant.js';
import { isGlobalUnicast, type IpAddress } from '../../values/ip-address.js';
import { ok, type Result } from '../../values/result.js';
import { readRoots } from '../files.js';
import { nameOf, type CheckOptions } from './check-options.js';

export type Look = {
  readonly clock: Clock;
  /** The folder of the program. */
  readonly project: string;
  readonly onProgress: (progress: CheckProgress) => void;
  readonly signal: AbortSignal;
};

/** Longest that the one handshake of a sweep may take. */
const HANDSHAKE_MS = 10_000;
/** Of the addresses of one name; the others are told to be left out. */
const MOST_SWEPT = 64;

/** Who sits at a terminal may connect to whatever this machine reaches: the guard protects the service from strangers, not a person from himself. */
const guard = { allows: () => true };
const systemResolver = makeResolver({ servers: [] });

/** FILE_UNREADABLE for the file of roots; what else goes wrong is in the evidence. */
export async function look(options: CheckOptions, { clock, project, onProgress, signal }: Look): Promise<Result<Evidence>> {
  const given = options.rootsFile === undefined ? ok(undefined) : readRoots(options.rootsFile);
  if (!given.ok) return given;
  const addresses = await addressesOf(options);
  const [check, publicRoots] = await Promise.all([
    options.sweep ? sweepOnce(options, addresses, { clock, signal }) : checkFully(options, addresses, { clock, onProgress, signal }),
    loadPublicRoots(project),
  ]);
  const now = options.at ?? clock.now();
  const seen = { check, now, roots: given.value ?? publicRoots };
  const background = options.sweep ? { fetchedIssuers: [], revoked: new Set<string>() } : await askAround(seen, addresses);
  return ok({ ...seen, publicRoots: new Set(publicRoots.map(fingerprintOf)), ...background });
}

/** Once the first connection is on its way: the list and node:tls, which has it, are read while the server is waited for. */
async function loadPublicRoots(project: string): Promise<readonly Uint8Array[]> {
  await setImmediate();
  return (await import('./public-roots.js')).publicRootsHere(project);
}

async function addressesOf({ host, connect }: CheckOptions): Promise<Result<readonly IpAddress[]>> {
  if (connect !== undefined) return ok([connect]);
  return typeof host === 'string' ? systemResolver.addresses(host) : ok([host.address]);
}

function checkFully(
  options: CheckOptions,
  addresses: Result<readonly IpAddress[]>,
  { clock, onProgress, signal }: Omit<Look, 'project'>,
): Promise<SiteCheck> {
  // Looked up once, and by the name that is connected to, not by the one that is sent.
  const resolver: Resolver = { addresses: () => Promise.resolve(addresses) };
  const checker = makeSiteChecker({ dialer: makeDialer({ guard, resolver }), resolver, guard, clock, random: new SystemRandom() });
  const { host, port, startTls, connect } = options;
  const name = nameOf(options);
  const address = connect ?? (typeof host === 'string' ? undefined : host.address);
  const nearby = addresses.ok && !addresses.value.some(isGlobalUnicast);
  const request = {
    ...(name !== undefined && { name }),
    ...(address !== undefined && { address }),
    ...(startTls !== undefined && { startTls }),
    ...{ port, pace: nearby ? ('OURS' as const) : ('POLITE' as const) },
  };
  return checker.check(request, { onProgress, signal });
}

/** As a full check of which the first handshake alone was made. */
async function sweepOnce(
  options: CheckOptions,
  addresses: Result<readonly IpAddress[]>,
  { clock, signal }: Pick<Look, 'clock' | 'signal'>,
): Promise<SiteCheck> {
  const at = clock.now();
  const startedAt = performance.now();
  const { port, startTls } = options;
  const name = nameOf(options);
  const prober = makeProber({
    dialer: makeDialer({ guard, resolver: systemResolver }),
    clock,
    random: new SystemRandom(),
    timeoutMs: HANDSHAKE_MS,
  });
  const all = addresses.ok ? addresses.value : [];
  const seen = new Map<IpAddress, Observation>();
  const place = { port, ...(startTls !== undefined && { startTls }), ...(name !== undefined && { servername: name }) };
  const targets = all.slice(0, MOST_SWEPT).map((address) => ({ ...place, address }));
  for await (const batch of prober.sweep(targets, { signal }))
    for (const { target, observation } of batch) seen.set(target.address, observation);
  const places = targets.flatMap(({ address }): AddressCheck[] => {
    const baseline = seen.get(address);
    const nothingElse = { handshakes: [], versions: [], certificates: [], resumption: {}, tolerates: {} };
    return baseline ? [{ address, port, baseline, connections: 1, ...nothingElse }] : [];
  });
  return {
    ...(name !== undefined && { name }),
    ...(startTls !== undefined && { startTls }),
    ...{ port, at, tookMs: Math.round(performance.now() - startedAt) },
    addresses: addresses.ok ? ok(places) : addresses,
    leftOut: all.slice(MOST_SWEPT),
    connections: { used: places.length, budget: targets.length },
  };
}

/** URLs in a certificate are a stranger's: only the Internet is asked, and the machine that is checked. Lists are read as of the time that is judged. */
function askAround(seen: Pick<Evidence, 'check' | 'now' | 'roots'>, addresses: Result<readonly IpAddress[]>) {
  const allowed = (addresses.ok ? addresses.value : []).map((address) => ({ address }));
  const dialer = makeDialer({ guard: makeAddressGuard(allowed), resolver: systemResolver });
  // Most chains need nothing fetched, and then HTTP need not be loaded either.
  const loaded = once(async () => (await import('../../adapters/network/http/https.js')).makeHttpClient({ dialer, extraRoots: [] }));
  const http: HttpClient = { get: async (url, bounds) => (await loaded()).get(url, bounds) };
  const clock: Clock = { now: (): Instant => seen.now };
  return chainBackground(seen, { issuers: makeIssuerFetcher({ http, clock }), lists: makeRevocationLists({ http, clock }) });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const fingerprintOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');
