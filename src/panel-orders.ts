import { Injectable } from '@nestjs/common';
import type { StoredCertificate } from './features/certificates/certificate.js';
import type { Order } from './features/orders/order.js';
import { Orders } from './features/orders/orders.service.js';
import { Renewals } from './features/orders/renewals.service.js';
import type { Site } from './features/sites/site.js';
import type { Actor } from './values/actor.js';
import { ok, type Result } from './values/result.js';

/**
 * The panel's orders. Each is keyed by the order before it, or by the site (the panel may have had another name before): however many
 * processes come to this, one new order is made.
 */
@Injectable()
export class PanelOrders {
  constructor(
    private readonly orders: Orders,
    private readonly renewals: Renewals,
  ) {}

  newestOf(site: Site): Promise<Order | undefined> {
    return this.orders.newestOf(site.id);
  }

  async place(admin: Actor, site: Site, product: string, before: Order | undefined): Promise<Result<void>> {
    const placed = await this.orders.place(admin, { siteId: site.id, product }, keyAfter(before ?? site));
    return placed.ok ? ok(undefined) : placed;
  }

  async renew(admin: Actor, before: Order, certificate: StoredCertificate): Promise<Result<void>> {
    const placed = await this.renewals.renew(admin, certificate.id, keyAfter(before));
    return placed.ok ? ok(undefined) : placed;
  }
}

const keyAfter = ({ id }: { id: string }): string => `panel:order:${id}`;
