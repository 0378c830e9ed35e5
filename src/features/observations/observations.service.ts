import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ISSUERS, type Issuer } from '../../adapters/issuers/issuer.js';
import { PROBER, type Prober } from '../../adapters/network/prober.js';
import { publicRoots } from '../../adapters/network/public-roots.js';
import type { Observation } from '../../cores/tls/observation.js';
import { prove } from '../../cores/tls/proof.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { ObservationsStore } from './observations.store.js';
import { placeText, type BoundLook, type GoneLook, type Look, type Occasion, type Outcome, type SeenHandshake } from './seen-handshake.js';

type LookOptions = { readonly occasion: Occasion; readonly deploymentId?: Id<'deployment'>; readonly socketPath?: string };
/** DER. */
type Roots = Result<readonly Uint8Array[]>;
/** A certificate: who was to sign it, and its fingerprint where one was seen. */
type Shown = { readonly issuerId: string; readonly fingerprint?: string };

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
  async look(looks: readonly Look[], { occasion, deploymentId, socketPath }: LookOptions): Promise<readonly SeenHandshake[]> {
    if (looks.length === 0) return [];
    const observations = await this.prober.observeAll(
      looks.map(({ address, port, name, startTls }) => ({ address, port, servername: name, socketPath, ...(startTls && { startTls }) })),
    );
    const fingerprints = observations.map(fingerprintOf);
    const shown = looks.flatMap((look, index) => ('gone' in look ? [] : { issuerId: look.issuerId, fingerprint: fingerprints[index] }));
    const roots = (await this.rootsOf(shown)).values();
    const seen = looks.map((look, index): SeenHandshake => {
      const observation = observations[index]!;
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
  return roots.ok ? prove(observation, { name, fingerprint, roots: roots.value }, now) : roots;
}
