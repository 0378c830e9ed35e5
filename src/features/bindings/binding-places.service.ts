import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId } from '../../values/id.js';
import { RANDOM, type Random } from '../../values/random.js';
import type { StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import type { Site } from '../sites/site.js';
import { certificateIdsOf, shownAfter, type Wanted } from './binding.js';
import { BindingsStore } from './bindings.store.js';

/** Which certificate shall answer at one place. */
@Injectable()
export class BindingPlaces {
  constructor(
    private readonly store: BindingsStore,
    private readonly certificates: Certificates,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** This certificate, unless a newer one of its family is bound there. The place is locked until the transaction ends. */
  async point(tx: Tx, { id: siteId, accountId }: Site, wanted: Wanted, certificate: StoredCertificate, beside: boolean): Promise<void> {
    const now = this.clock.now();
    const there = await this.store.lockAt(tx, wanted);
    const { id: certificateId } = certificate;
    if (!there) {
      const id = newId('binding', now, this.random);
      await this.store.insert(tx, { ...wanted, id, accountId, siteId, certificateId }, now);
      return;
    }
    const bound = await this.certificates.byIds(certificateIdsOf(there), tx);
    const [first, companion] = certificateIdsOf(there).map((id) => bound.get(id));
    const shown = shownAfter(certificate, beside, { certificate: first!, ...(companion && { companion }) });
    if (shown) await this.store.point(tx, there.id, shown.certificate.id, shown.companion?.id, now);
  }
}
