import { Inject, Injectable } from '@nestjs/common';
import { Certificates } from './features/certificates/certificates.service.js';
import { SETTLED } from './features/orders/order.js';
import { Orders } from './features/orders/orders.service.js';
import type { Site } from './features/sites/site.js';
import type { Actor } from './values/actor.js';
import { CLOCK, type Clock } from './values/clock.js';
import { minutes, since } from './values/instant.js';
import { ok, type Result } from './values/result.js';

/** Renewed when less than this share of its life is left, as ACME clients do (RFC 9773 4.1). */
const RENEW_AT = 1 / 3;
/** After an order that failed: what was wrong is seldom mended within a minute. */
const ORDER_AGAIN_AFTER = minutes(10);

/** The panel's certificate, ordered where there is none with enough of its life left, and no order under way. */
@Injectable()
export class PanelCertificate {
  constructor(
    private readonly orders: Orders,
    private readonly certificates: Certificates,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async ensure(admin: Actor, site: Site): Promise<Result<void>> {
    const newest = await this.orders.newestOf(site.id);
    if (newest && !SETTLED.includes(newest.state)) return ok(undefined);
    if (newest?.certificateId) {
      const certificate = (await this.certificates.byIds([newest.certificateId])).get(newest.certificateId)!;
      const life = since(certificate.notBefore, certificate.notAfter);
      if (since(this.clock.now(), certificate.notAfter) > life * RENEW_AT && !certificate.revokedAt) return ok(undefined);
    }
    const failed = newest && !newest.certificateId;
    if (failed && since(newest.finishedAt ?? newest.createdAt, this.clock.now()) < ORDER_AGAIN_AFTER) return ok(undefined);
    // Keyed by the order before it, or by the site (the panel may have had another name before): however many processes come to
    // this, one new order is made.
    const key = `panel:order:${newest?.id ?? site.id}`;
    const placed = await this.orders.place(admin, { siteId: site.id, product: 'internal' }, key);
    return placed.ok ? ok(undefined) : placed;
  }
}
