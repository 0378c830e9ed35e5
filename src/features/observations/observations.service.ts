import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ISSUERS, type Issuer } from '../../adapters/issuers/issuer.js';
import { PROBER, type Prober } from '../../adapters/network/prober.js';
import { publicRoots } from '../../adapters/network/public-roots.js';
import type { HandshakeTarget, Observation } from '../../cores/tls/observation.js';
import { prove } from '../../cores/tls/proof.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { askedFor } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { ObservationsStore } from './observations.store.js';
import {
  placeText,
  type BoundLook,
  type GoneLook,
  type Look,
  type Occasion,
  type Outcome,
  type SeenHandshake,
  type View,
} from './seen-handshake.js';

type LookOptions = { readonly occasion: Occasion; readonly deploymentId?: Id<'deployment'>; readonly socketPath?: string };
/** DER. */
type Roots = Result<readonly Uint8Array[]>;
/** A certificate: who was to sign it, and its fingerprint where one was seen. */
type Shown = { readonly issuerId: string; readonly fingerprint?: string };

/** A handshake, and what it was to show. */
type Looked = { readonly look: Look; readonly observation: Observation };

/** Makes handshakes, keeps what they showed, and answers what is newest. The only writer of observations. */
@Injectable()
export class Observations {
  constructor(
    @Inject(PROBER) private readonly prober: Prober,
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    private readonly certificates: Certificates,
    private readonly bindings: Bindings,
    private readonly store: ObservationsStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** One handshake for each look, in their order, each with what it lacks as proof. */
  async look(looks: readonly Look[], options: LookOptions): Promise<readonly SeenHandshake[]> {
    const observations: Observation[] = [];
    const targets = looks.map((look, index) => ({ ...handshakeAt(look), socketPath: options.socketPath, index }));
    for await (const batch of this.prober.sweep(targets))
      for (const { target, observation } of batch) observations[target.index] = observation;
    return this.keep(
      looks.map((look, index) => ({ look, observation: observations[index]! })),
      options,
    );
  }

  /**
   * One handshake with each place of a stream, in the order in which they end, together those that end at about the same time. Nothing is
   * kept: who knows by then what was to be seen there hands them to `keep`. What is under way when `signal` comes is not told.
   */
  async *sweep<At extends View>(
    places: AsyncIterable<At>,
    { signal }: { readonly signal?: AbortSignal },
  ): AsyncGenerator<readonly { readonly place: At; readonly observation: Observation }[]> {
    for await (const batch of this.prober.sweep(targetsOf(places), signal ? { signal } : {}))
      yield batch.map(({ target: { place }, observation }) => ({ place, observation }));
  }

  /** Judges each, and writes them down in one go. */
  async keep(looked: readonly Looked[], { occasion, deploymentId }: Omit<LookOptions, 'socketPath'>): Promise<readonly SeenHandshake[]> {
    if (looked.length === 0) return [];
    const fingerprints = looked.map(({ observation }) => fingerprintOf(observation));
    const shown = looked.flatMap(({ look }, index) =>
      'gone' in look ? [] : { issuerId: look.issuerId, fingerprint: fingerprints[index] },
    );
    const roots = (await this.rootsOf(shown)).values();
    const seen = looked.map(({ look, observation }, index): SeenHandshake => {
      const fingerprint = fingerprints[index];
      const judged = 'gone' in look ? judgeGone(look, fingerprint) : judge(look, observation, roots.next().value!, this.clock.now());
      const subject = 'gone' in look ? placeText(look) : look.bindingId;
      return {
        id: newId('observation', this.clock.now(), this.random),
        accountId: look.accountId,
        ...('bindingId' in look && { bindingId: look.bindingId }),
        ...(deploymentId && { deploymentId }),
        occasion,
        at: observation.at,
        ...(fingerprint !== undefined && { fingerprint }),
        observation,
        ...(!judged.ok && { problem: { ...judged.problem, subject } }),
      };
    });
    await this.store.insert(seen);
    if (occasion !== 'REHEARSAL') await this.bindings.saw(seen.flatMap(shownThere));
    if (occasion === 'CHECK')
      await this.store.forgetProvenChecks(
        seen.flatMap(({ bindingId }) => bindingId ?? []),
        seen.map(({ id }) => id).sort()[0]!,
      );
    return seen;
  }

  /**
   * What each is proven against: the roots of its issuer as they are now, or the public ones where that is configured no more; and for one of a
   * private CA the root from when it was issued.
   */
  async rootsOf(shown: readonly Shown[]): Promise<readonly Roots[]> {
    const kept = await this.certificates.rootsAmong(shown.flatMap(({ fingerprint }) => fingerprint ?? []));
    const issuerIds = [...new Set(shown.map(({ issuerId }) => issuerId))];
    const ofIssuers = new Map(await Promise.all(issuerIds.map(async (id) => [id, await this.anchorsOf(id)] as const)));
    return shown.map(({ issuerId, fingerprint = '' }) => {
      const [anchors, root] = [ofIssuers.get(issuerId)!, kept.get(fingerprint)];
      return root ? ok([...(anchors.ok ? anchors.value : []), root]) : anchors;
    });
  }

  private async anchorsOf(issuerId: string): Promise<Roots> {
    const issuer = this.issuers.find(({ manifest }) => manifest.id === issuerId);
    return issuer ? issuer.trustAnchors() : ok(publicRoots());
  }

  newest(bindingIds: readonly string[]): Promise<ReadonlyMap<string, SeenHandshake>> {
    return this.store.newest(bindingIds);
  }

  /** The newest two of each of these, one for each key family: of those that show pairs. */
  newestOfPairs(bindingIds: readonly string[]): Promise<readonly SeenHandshake[]> {
    return this.store.newestOfPairs(bindingIds);
  }

  /** When each of these bindings was looked at last, and whether that proved it; those that never were are not in the map. */
  outcomes(bindingIds: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
    return this.store.outcomes(bindingIds);
  }

  ofDeployments(ids: readonly string[]): Promise<ReadonlyMap<string, readonly SeenHandshake[]>> {
    return this.store.ofDeployments(ids);
  }

  forgetChecksBefore(at: Instant): Promise<void> {
    return this.store.forgetChecksBefore(at);
  }

  /** What deployments were judged by goes with them. */
  forgetDeployments(ids: readonly string[]): Promise<void> {
    return this.store.forgetDeployments(ids);
  }
}

const handshakeAt = ({ address, port, name, startTls, keyFamily }: View): HandshakeTarget => ({
  ...{ address, port, servername: askedFor(name) },
  ...(startTls && { startTls }),
  ...(keyFamily && { keyFamily }),
});

async function* targetsOf<At extends View>(places: AsyncIterable<At>): AsyncGenerator<HandshakeTarget & { readonly place: At }> {
  for await (const place of places) yield { ...handshakeAt(place), place };
}

/** SHA-256 of the leaf's DER, hex. */
function fingerprintOf({ session }: Observation): string | undefined {
  const leaf = session?.chain[0];
  return leaf && createHash('sha256').update(leaf).digest('hex');
}

const shownThere = ({ bindingId: id, fingerprint, at }: SeenHandshake) => (id && fingerprint ? [{ id, fingerprint, at }] : []);

function judgeGone({ name, address, port, gone }: GoneLook, shown: string | undefined): Result<unknown> {
  if (shown === undefined || !gone.includes(shown)) return ok(undefined);
  return err(problem('STILL_SERVED', { name, address, port, shown }));
}

function judge({ name, fingerprint }: BoundLook, observation: Observation, roots: Roots, now: Instant): Result<unknown> {
  return roots.ok ? prove(observation, { name: askedFor(name), fingerprint, roots: roots.value }, now) : roots;
}
