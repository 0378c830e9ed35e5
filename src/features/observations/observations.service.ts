import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ISSUERS, type Issuer } from '../../adapters/issuers/issuer.js';
import { PROBER, type Prober } from '../../adapters/network/prober.js';
import type { Observation } from '../../cores/tls/observation.js';
import { prove } from '../../cores/tls/proof.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { ObservationsStore } from './observations.store.js';
import { placeText, type Look, type Occasion, type SeenHandshake } from './seen-handshake.js';

type LookOptions = { readonly occasion: Occasion; readonly deploymentId?: Id<'deployment'>; readonly socketPath?: string };
type Roots = ReadonlyMap<string, Result<readonly Uint8Array[]>>;

/** Makes handshakes, keeps what they showed, and answers what is newest. The only writer of observations. */
@Injectable()
export class Observations {
  constructor(
    @Inject(PROBER) private readonly prober: Prober,
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    private readonly store: ObservationsStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** One handshake for each look, in their order, each with what it lacks as proof. */
  async look(looks: readonly Look[], { occasion, deploymentId, socketPath }: LookOptions): Promise<readonly SeenHandshake[]> {
    if (looks.length === 0) return [];
    const roots = await this.rootsOf(looks.flatMap((look) => ('gone' in look ? [] : look.issuerId)));
    const observations = await this.prober.observeAll(
      looks.map(({ address, port, name }) => ({ address, port, servername: name, socketPath })),
    );
    const seen = looks.map((look, index): SeenHandshake => {
      const observation = observations[index]!;
      const fingerprint = fingerprintOf(observation);
      const judged = judge(look, observation, fingerprint, roots, this.clock.now());
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
    if (occasion === 'CHECK')
      await this.store.forgetProvenChecks(
        seen.flatMap(({ bindingId }) => bindingId ?? []),
        seen.map(({ id }) => id).sort()[0]!,
      );
    return seen;
  }

  /** Roots that an issuer's certificates are proven against, DER. */
  async rootsOf(issuerIds: readonly string[]): Promise<Roots> {
    const pairs = [...new Set(issuerIds)].map(async (id) => {
      const issuer = this.issuers.find(({ manifest }) => manifest.id === id);
      return [id, issuer ? await issuer.trustAnchors() : err(problem('ISSUER_UNKNOWN', { issuer: id }))] as const;
    });
    return new Map(await Promise.all(pairs));
  }

  newest(bindingIds: readonly string[]): Promise<ReadonlyMap<string, SeenHandshake>> {
    return this.store.newest(bindingIds);
  }

  /** When each of these bindings was looked at last; those that never were are not in the map. */
  lookedAt(bindingIds: readonly string[]): Promise<ReadonlyMap<string, Instant>> {
    return this.store.lookedAt(bindingIds);
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

function judge(look: Look, observation: Observation, shown: string | undefined, roots: Roots, now: Instant): Result<unknown> {
  const { name, address, port } = look;
  if ('gone' in look) {
    if (shown === undefined || !look.gone.includes(shown)) return ok(undefined);
    return err(problem('STILL_SERVED', { name, address, port, shown }));
  }
  const anchors = roots.get(look.issuerId)!;
  return anchors.ok ? prove(observation, { name, fingerprint: look.fingerprint, roots: anchors.value }, now) : anchors;
}
