import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../values/clock.js';
import { isDue, type Binding } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations } from '../observations/observations.service.js';
import type { Look } from '../observations/seen-handshake.js';
import { CHECK_EVERY } from './site-security.js';
import { Suspicions } from './suspicions.service.js';

/** Looks at what sites really show. */
@Injectable()
export class Looks {
  constructor(
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    private readonly suspicions: Suspicions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** At every binding of a site. */
  async atSite(siteId: string): Promise<void> {
    await this.at((await this.bindings.ofSites([siteId])).get(siteId) ?? []);
  }

  /** At what was not looked at for a while; answers how many that were. */
  async atStale(bindings: readonly Binding[]): Promise<number> {
    const outcomes = await this.observations.outcomes(bindings.map((binding) => binding.id));
    const before = this.clock.now() - CHECK_EVERY;
    const stale = bindings.filter(({ id }) => (outcomes.get(id)?.at ?? 0) <= before);
    await this.at(stale);
    return stale.length;
  }

  /** A binding that does not show what it shall wakes its server's deployment: drift is repaired. */
  private async at(bindings: readonly Binding[]): Promise<void> {
    const certificates = await this.certificates.byIds(bindings.map((binding) => binding.certificateId));
    const now = this.clock.now();
    const looks = bindings.map(({ id, accountId, ip, port, name, certificateId }): Look => {
      const { issuerId, fingerprint } = certificates.get(certificateId)!;
      return { bindingId: id, accountId, address: ip, port, name, issuerId, fingerprint };
    });
    const before = await this.observations.outcomes(bindings.map(({ id }) => id));
    const seen = await this.observations.look(looks, { occasion: 'CHECK' });
    const looked = bindings.map((binding, index) => ({ binding, seen: seen[index]!, before: before.get(binding.id) }));
    await this.suspicions.follow(looked);
    const drifted = bindings.filter((binding, index) => seen[index]?.problem !== undefined && isDue(binding, now));
    await this.bindings.doubt(drifted);
  }
}
