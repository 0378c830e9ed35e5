import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ISSUERS, type Issuer } from '../../adapters/issuers/issuer.js';
import { PROBER, type Prober } from '../../adapters/network/prober.js';
import { prove } from '../../cores/tls/proof.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { Hostname } from '../../values/hostname.js';
import { newId, type Id } from '../../values/id.js';
import { toDate, type Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import { problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, type Result } from '../../values/result.js';
import { ObservationsStore } from './observations.store.js';
import type { Occasion, SeenHandshake } from './seen-handshake.js';

/** A place to look at, and what has to be seen there. */
export type Look = {
  readonly bindingId: Id<'binding'>;
  readonly accountId: Id<'account'>;
  readonly address: IpAddress;
  readonly port: number;
  readonly name: Hostname;
  readonly issuerId: string;
  /** Absent: any certificate of that issuer that holds for the name. */
  readonly fingerprint?: string;
};
export type LookOptions = { readonly occasion: Occasion; readonly deploymentId?: Id<'deployment'>; readonly socketPath?: string };

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
  async look(looks: readonly Look[], options: LookOptions): Promise<readonly SeenHandshake[]> {
    if (looks.length === 0) return [];
    const roots = await this.roots(looks);
    const observations = await this.prober.observeAll(
      looks.map(({ address, port, name }) => ({ address, port, servername: name, socketPath: options.socketPath })),
    );
    const seen = looks.map((look, index): SeenHandshake => {
      const observation = observations[index]!;
      const anchors = roots.get(look.issuerId)!;
      const expectation = { name: look.name, fingerprint: look.fingerprint };
      const proof = anchors.ok ? prove(observation, { ...expectation, roots: anchors.value }, this.clock.now()) : anchors;
      const leaf = observation.session?.chain[0];
      return {
        id: newId('observation', this.clock.now(), this.random),
        accountId: look.accountId,
        bindingId: look.bindingId,
        ...(options.deploymentId && { deploymentId: options.deploymentId }),
        occasion: options.occasion,
        at: observation.at,
        ...(leaf && { fingerprint: proof.ok ? proof.value.chain[0]!.fingerprint : createHash('sha256').update(leaf).digest('hex') }),
        observation,
        ...(!proof.ok && { problem: { ...proof.problem, subject: look.bindingId } }),
      };
    });
    await this.store.insert(seen);
    if (options.occasion === 'CHECK')
      await this.store.forgetProvenChecks(
        looks.map((look) => look.bindingId),
        seen.map(({ id }) => id).sort()[0]!,
      );
    return seen;
  }

  /** Roots that an issuer's certificates are proven against, DER. */
  async rootsOf(issuerIds: readonly string[]): Promise<ReadonlyMap<string, Result<readonly Uint8Array[]>>> {
    const pairs = [...new Set(issuerIds)].map(async (id) => {
      const issuer = this.issuers.find(({ manifest }) => manifest.id === id);
      return [id, issuer ? await issuer.trustAnchors() : err(problem('ISSUER_UNKNOWN', { issuer: id }))] as const;
    });
    return new Map(await Promise.all(pairs));
  }

  private roots(looks: readonly Look[]) {
    return this.rootsOf(looks.map((look) => look.issuerId));
  }

  newest(bindingIds: readonly string[]): Promise<ReadonlyMap<string, SeenHandshake>> {
    return this.store.newest(bindingIds);
  }

  ofDeployments(ids: readonly string[]): Promise<ReadonlyMap<string, readonly SeenHandshake[]>> {
    return this.store.ofDeployments(ids);
  }

  forgetChecksBefore(at: Instant): Promise<void> {
    return this.store.forgetChecksBefore(toDate(at));
  }
}
