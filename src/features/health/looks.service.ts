import { Inject, Injectable } from '@nestjs/common';
import { keyFamilyOf } from '../../cores/pki/encoding/key-algorithm.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { certificateIdsOf, isDue, type Binding } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import type { StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations } from '../observations/observations.service.js';
import type { Look, SeenHandshake } from '../observations/seen-handshake.js';
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
    const certificates = await this.certificates.byIds(bindings.flatMap(certificateIdsOf));
    const now = this.clock.now();
    const looks = bindings.flatMap((binding) => {
      const ids = certificateIdsOf(binding);
      return ids.map((id) => ({ binding, look: lookAt(binding, certificates.get(id)!, ids.length > 1) }));
    });
    const before = await this.observations.outcomes(bindings.map(({ id }) => id));
    const seen = await this.observations.look(
      looks.map(({ look }) => look),
      { occasion: 'CHECK' },
    );
    // Of a pair that one counts which is not what it shall be.
    const ofBinding = new Map<Binding, SeenHandshake>();
    looks.forEach(({ binding }, index) => {
      if (!ofBinding.get(binding)?.problem) ofBinding.set(binding, seen[index]!);
    });
    const looked = bindings.map((binding) => ({ binding, seen: ofBinding.get(binding)!, before: before.get(binding.id) }));
    await this.suspicions.follow(looked);
    const drifted = bindings.filter((binding) => ofBinding.get(binding)?.problem !== undefined && isDue(binding, now));
    await this.bindings.doubt(drifted);
  }
}

/** `paired`: it is asked for by those who know keys of its family alone. */
function lookAt(binding: Binding, { issuerId, fingerprint, keyAlgorithm }: StoredCertificate, paired: boolean): Look {
  const { id: bindingId, accountId, ip: address, port, name, startTls } = binding;
  const keyFamily = paired ? keyFamilyOf(keyAlgorithm) : undefined;
  return {
    ...{ bindingId, accountId, address, port, name, issuerId, fingerprint },
    ...(startTls && { startTls }),
    ...(keyFamily && { keyFamily }),
  };
}
