import { Inject, Injectable } from '@nestjs/common';
import type { Observation } from '../../cores/tls/observation.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { placeOf, isDue, type Binding } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import type { StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations } from '../observations/observations.service.js';
import type { BoundLook, Place } from '../observations/seen-handshake.js';
import { CHECK_EVERY } from './site-security.js';
import { Suspicions } from './suspicions.service.js';

/** Bindings read at once. */
const PAGE = 200;

type Issued = Pick<StoredCertificate, 'issuerId' | 'fingerprint'>;
type BoundPlace = Place & Pick<Binding, 'id' | 'certificateId'>;

/** Looks at what sites really show. */
@Injectable()
export class Looks {
  /** Where the next round begins to read: behind what kept the one before from its end, so that it does not keep the others from theirs. */
  private after = '';

  constructor(
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    private readonly suspicions: Suspicions,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** At every binding of a site. */
  async atSite(siteId: string): Promise<void> {
    await this.at(placesOf((await this.bindings.ofSites([siteId])).get(siteId) ?? []));
  }

  /** At every binding that was not looked at for a while, until `signal`; what is left by then is looked at in the next round. */
  async atStale(signal: AbortSignal): Promise<void> {
    await this.at(this.stale(), signal);
  }

  /** Read page by page, as fast as they are looked at. */
  private async *stale(): AsyncGenerator<BoundPlace> {
    for (;;) {
      const page = await this.bindings.batch(this.after, PAGE);
      this.after = page.at(-1)?.id ?? '';
      if (page.length === 0) return;
      const outcomes = await this.observations.outcomes(page.map(({ id }) => id));
      const before = this.clock.now() - CHECK_EVERY;
      yield* placesOf(page.filter(({ id }) => (outcomes.get(id)?.at ?? 0) <= before));
    }
  }

  private async at(places: AsyncIterable<BoundPlace>, signal?: AbortSignal): Promise<void> {
    for await (const seen of this.observations.sweep(places, signal ? { signal } : {})) await this.judge(seen);
  }

  /** Writes down what was seen; one that does not show what it shall wakes its server's deployment: drift is repaired. */
  private async judge(seen: readonly { readonly place: BoundPlace; readonly observation: Observation }[]): Promise<void> {
    const bindings = await this.bindings.byIds(seen.map(({ place }) => place.id));
    const certificates = await this.certificates.byIds([...bindings.values()].map(({ certificateId }) => certificateId));
    const before = await this.observations.outcomes([...bindings.keys()]);
    const looked = seen.flatMap(({ place, observation }) => {
      const binding = bindings.get(place.id);
      // What was changed in the meantime is proven by who changed it, and looked at again.
      if (binding === undefined || !isSame(binding, place)) return [];
      return { binding, observation, look: lookOf(binding, certificates.get(binding.certificateId)!) };
    });
    const kept = await this.observations.keep(looked, { occasion: 'CHECK' });
    const judged = looked.map(({ binding }, index) => ({ binding, seen: kept[index]!, before: before.get(binding.id) }));
    await this.suspicions.follow(judged);
    const now = this.clock.now();
    const drifted = judged.filter(({ binding, seen: { problem } }) => problem !== undefined && isDue(binding, now));
    for (const id of new Set(drifted.map(({ binding }) => binding.serverId))) await this.queue.send('server.deploy', { id });
  }
}

async function* placesOf(bindings: readonly Binding[]): AsyncGenerator<BoundPlace> {
  for (const { id, certificateId, ...binding } of bindings) yield { id, certificateId, ...placeOf(binding) };
}

const isSame = ({ ip, port, name, certificateId }: Binding, place: BoundPlace): boolean =>
  ip === place.address && port === place.port && name === place.name && certificateId === place.certificateId;

const lookOf = ({ id: bindingId, accountId, ...binding }: Binding, { issuerId, fingerprint }: Issued): BoundLook => ({
  ...{ bindingId, accountId, issuerId, fingerprint },
  ...placeOf(binding),
});
