import { Inject, Injectable } from '@nestjs/common';
import { isGivenUp } from './features/certificates/certificate.js';
import { Certificates } from './features/certificates/certificates.service.js';
import { renewalOf } from './features/certificates/renewal.js';
import { SETTLED } from './features/orders/order.js';
import { Orders } from './features/orders/orders.service.js';
import { Renewals } from './features/orders/renewals.service.js';
import type { Site } from './features/sites/site.js';
import type { Actor } from './values/actor.js';
import { CLOCK, type Clock } from './values/clock.js';
import { minutes, since } from './values/instant.js';
import { ok, type Result } from './values/result.js';

/** After an order that failed: what was wrong is seldom mended within a minute. */
const ORDER_AGAIN_AFTER = minutes(10);

/** The panel's certificate, ordered where there is none with enough of its life left, and no order under way. */
@Injectable()
export class PanelCertificate {
  constructor(
    private readonly orders: Orders,
    private readonly renewals: Renewals,
    private readonly certificates: Certificates,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async ensure(admin: Actor, site: Site): Promise<Result<void>> {
    const newest = await this.orders.newestOf(site.id);
    if (newest && !SETTLED.includes(newest.state)) return ok(undefined);
    if (newest?.certificateId) {
      const certificate = (await this.certificates.byIds([newest.certificateId])).get(newest.certificateId)!;
      if (this.clock.now() < renewalOf(certificate).renewAt && !isGivenUp(certificate)) return ok(undefined);
    }
    const failed = newest && !newest.certificateId;
    if (failed && since(newest.finishedAt ?? newest.createdAt, this.clock.now()) < ORDER_AGAIN_AFTER) return ok(undefined);
    // Keyed by the order before it, or by the site (the panel may have had another name before): however many processes come to
    // this, one new order is made.
    const key = `panel:order:${newest?.id ?? site.id}`;
    const placed = newest?.certificateId
      ? await this.renewals.renew(admin, newest.certificateId, key)
      : await this.orders.place(admin, { siteId: site.id, product: 'internal' }, key);
    return placed.ok ? ok(undefined) : placed;
  }
}
