import { Inject, Injectable } from '@nestjs/common';
import { Bindings } from './features/bindings/bindings.service.js';
import { Catalog } from './features/catalog/catalog.service.js';
import { isGivenUp, type StoredCertificate } from './features/certificates/certificate.js';
import { Certificates } from './features/certificates/certificates.service.js';
import { renewalOf } from './features/certificates/renewal.js';
import { SETTLED, type Order } from './features/orders/order.js';
import type { Site } from './features/sites/site.js';
import { PANEL, productOf, type Panel } from './panel.js';
import { PanelOrders } from './panel-orders.js';
import type { Actor } from './values/actor.js';
import { CLOCK, type Clock } from './values/clock.js';
import { minutes, since } from './values/instant.js';
import { ok, type Result } from './values/result.js';

/** After an order that did not bring what was wanted: what was wrong is seldom mended within a minute. */
const ORDER_AGAIN_AFTER = minutes(10);

/** The panel's certificate, ordered where there is none of the right issuer with enough of its life left, and no order under way. */
@Injectable()
export class PanelCertificate {
  constructor(
    @Inject(PANEL) private readonly panel: Panel,
    private readonly catalog: Catalog,
    private readonly orders: PanelOrders,
    private readonly certificates: Certificates,
    private readonly bindings: Bindings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async ensure(admin: Actor, site: Site): Promise<Result<void>> {
    const newest = await this.orders.newestOf(site);
    if (newest && !SETTLED.includes(newest.state)) return ok(undefined);
    const product = productOf(this.panel);
    const wanted = await this.catalog.byCode(product);
    if (!wanted.ok) return wanted;
    const [certificate] = newest?.certificateId ? await this.read([newest.certificateId]) : [];
    // Another issuer was configured or chosen since: the panel changes over.
    const isRight = certificate?.issuerId === wanted.value.issuerId;
    if (certificate && isRight) return this.lasts(certificate) ? ok(undefined) : this.orders.renew(admin, newest!, certificate);
    const recent = newest && this.isRecent(newest) ? newest : undefined;
    const isTried = recent?.productId === wanted.value.id;
    // A CA may be away for a day, or refuse, and nobody could reach the panel to see why: the built-in one comes first.
    const mayStandIn = product !== 'internal' && (recent === undefined || isTried);
    if (mayStandIn && !(await this.isServed(site))) return this.orders.place(admin, site, 'internal', newest);
    return isTried ? ok(undefined) : this.orders.place(admin, site, product, newest);
  }

  private lasts(certificate: StoredCertificate): boolean {
    return !isGivenUp(certificate) && this.clock.now() < renewalOf(certificate).renewAt;
  }

  private isRecent({ finishedAt, createdAt }: Order): boolean {
    return since(finishedAt ?? createdAt, this.clock.now()) < ORDER_AGAIN_AFTER;
  }

  /** By a certificate that is good still, whoever signed it. */
  private async isServed(site: Site): Promise<boolean> {
    const bindings = (await this.bindings.ofSites([site.id])).get(site.id) ?? [];
    const bound = await this.read(bindings.map(({ certificateId }) => certificateId));
    return bound.some((certificate) => !isGivenUp(certificate) && this.clock.now() < certificate.notAfter);
  }

  private async read(ids: readonly string[]): Promise<readonly StoredCertificate[]> {
    return [...(await this.certificates.byIds(ids)).values()];
  }
}
