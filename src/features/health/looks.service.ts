import { Inject, Injectable } from '@nestjs/common';
import { keyFamilyOf } from '../../cores/pki/encoding/key-algorithm.js';
import type { Observation } from '../../cores/tls/observation.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { Id } from '../../values/id.js';
import { certificateIdsOf, isDue, placeOf, type Binding } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import type { StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations } from '../observations/observations.service.js';
import type { BoundLook, SeenHandshake, View } from '../observations/seen-handshake.js';
import { CHECK_EVERY } from './site-security.js';
import { Suspicions } from './suspicions.service.js';

/** Bindings read at once. */
const PAGE = 200;

/** `certificateIds`: what the binding was to show when it was read; `shows`: the one of them that is looked for here. */
type BoundPlace = View & {
  readonly id: Id<'binding'>;
  readonly certificateIds: readonly Id<'certificate'>[];
  readonly shows: Id<'certificate'>;
};
type Seen = { readonly place: BoundPlace; readonly observation: Observation };

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
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** At every binding of a site. */
  async atSite(siteId: string): Promise<void> {
    await this.at(this.placesOf((await this.bindings.ofSites([siteId])).get(siteId) ?? []));
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
      yield* this.placesOf(page.filter(({ id }) => (outcomes.get(id)?.at ?? 0) <= before));
    }
  }

  private async at(places: AsyncIterable<BoundPlace>, signal?: AbortSignal): Promise<void> {
    const halves = new Map<string, Seen>();
    for await (const seen of this.observations.sweep(places, signal ? { signal } : {})) await this.judge(whole(seen, halves));
  }

  /** A pair is two places, each as those see it that know keys of its family alone. */
  private async *placesOf(bindings: readonly Binding[]): AsyncGenerator<BoundPlace> {
    const certificates = await this.certificates.byIds(
      bindings.flatMap((binding) => (binding.companionId ? certificateIdsOf(binding) : [])),
    );
    for (const binding of bindings) {
      const certificateIds = certificateIdsOf(binding);
      for (const shows of certificateIds) {
        const keyFamily = keyFamilyOf(certificates.get(shows)?.keyAlgorithm ?? '');
        yield { ...placeOf(binding), id: binding.id, certificateIds, shows, ...(keyFamily && { keyFamily }) };
      }
    }
  }

  /** Writes down what was seen; one that does not show what it shall wakes its server's deployment: drift is repaired. */
  private async judge(seen: readonly Seen[]): Promise<void> {
    const bindings = await this.bindings.byIds(seen.map(({ place }) => place.id));
    const certificates = await this.certificates.byIds([...bindings.values()].flatMap(certificateIdsOf));
    const before = await this.observations.outcomes([...bindings.keys()]);
    const looked = seen.flatMap(({ place, observation }) => {
      const binding = bindings.get(place.id);
      // What was changed in the meantime is proven by who changed it, and looked at again.
      if (binding === undefined || !isSame(binding, place)) return [];
      return { binding, observation, look: lookOf(binding, place, certificates.get(place.shows)!) };
    });
    const kept = await this.observations.keep(looked, { occasion: 'CHECK' });
    // Of a pair that one counts which is not what it shall be.
    const ofBinding = new Map<Binding, SeenHandshake>();
    looked.forEach(({ binding }, index) => {
      if (!ofBinding.get(binding)?.problem) ofBinding.set(binding, kept[index]!);
    });
    const judged = [...ofBinding].map(([binding, handshake]) => ({ binding, seen: handshake, before: before.get(binding.id) }));
    await this.suspicions.follow(judged);
    const now = this.clock.now();
    await this.bindings.doubt(
      judged.flatMap(({ binding, seen: { problem } }) => (problem !== undefined && isDue(binding, now) ? binding : [])),
    );
  }
}

/** What is whole now: a pair is judged when both were seen. `halves`: by binding, those of which one was. */
function whole(seen: readonly Seen[], halves: Map<string, Seen>): readonly Seen[] {
  return seen.flatMap((each) => {
    const { id, certificateIds } = each.place;
    if (certificateIds.length === 1) return each;
    const other = halves.get(id);
    if (other) halves.delete(id);
    else halves.set(id, each);
    return other ? [other, each] : [];
  });
}

const isSame = (binding: Binding, { address, port, name, certificateIds }: BoundPlace): boolean =>
  binding.ip === address && binding.port === port && binding.name === name && certificateIdsOf(binding).join() === certificateIds.join();

const lookOf = (
  { id: bindingId, accountId, ...binding }: Binding,
  { keyFamily }: BoundPlace,
  { issuerId, fingerprint }: StoredCertificate,
): BoundLook => ({
  ...{ bindingId, accountId, issuerId, fingerprint },
  ...placeOf(binding),
  ...(keyFamily && { keyFamily }),
});
