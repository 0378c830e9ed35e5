import { Inject, Injectable } from '@nestjs/common';
import { fraction, RANDOM, sample, type Random } from '../../values/random.js';
import { Bindings } from '../bindings/bindings.service.js';
import { placeOf, type Binding } from '../bindings/binding.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations } from '../observations/observations.service.js';
import type { BoundLook } from '../observations/seen-handshake.js';
import type { Plan } from './plan.js';

/** Neighbours that are looked at beside each change: enough to see what breaks a server, little beside the change's own proof. */
const SAMPLE = 5;

/** Unchanged bindings at the addresses of a change, so that a change that breaks others is seen. */
@Injectable()
export class Neighbours {
  constructor(
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** Others each time: what breaks only some of many is found out sooner or later. */
  async ofChange(serverId: string, { changes, removals }: Plan): Promise<readonly BoundLook[]> {
    const changed = changes.map((change) => change.bindingId);
    const addresses = sample([...new Set([...changes, ...removals].map(({ address }) => address))], SAMPLE, this.random);
    const others = await Promise.all(
      addresses.map((address) => this.bindings.someAt(serverId, address, changed, fraction(this.random), SAMPLE)),
    );
    return this.looksAt(sample(others.flat(), SAMPLE, this.random));
  }

  /** Those that were fine before the change, which has to leave them so. One that was broken already is not its fault. */
  async provenBefore(deploymentId: string, { changes }: Plan): Promise<readonly BoundLook[]> {
    const changed = new Set<string>(changes.map((change) => change.bindingId));
    const seen = (await this.observations.ofDeployments([deploymentId])).get(deploymentId) ?? [];
    const shown = new Map(
      seen.flatMap(({ bindingId, occasion, problem, fingerprint }) =>
        occasion !== 'BEFORE' || problem || bindingId === undefined || changed.has(bindingId) ? [] : [[bindingId as string, fingerprint]],
      ),
    );
    const bindings = await this.bindings.byIds([...shown.keys()]);
    return (await this.looksAt([...bindings.values()])).map((look) => ({ ...look, fingerprint: shown.get(look.bindingId) }));
  }

  private async looksAt(bindings: readonly Binding[]): Promise<readonly BoundLook[]> {
    const certificates = await this.certificates.byIds(bindings.map(({ certificateId }) => certificateId));
    return bindings.map(({ id: bindingId, accountId, certificateId, ...binding }) => {
      return { bindingId, accountId, ...placeOf(binding), issuerId: certificates.get(certificateId)!.issuerId };
    });
  }
}
