import { Injectable } from '@nestjs/common';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { Orders } from '../orders/orders.service.js';
import { SiteBindings } from './site-bindings.service.js';

/** An order was issued: its site's names shall answer with the new certificate. */
@Injectable()
export class BindCertificateJob implements JobHandler {
  readonly name = 'certificate.issued';
  readonly concurrency = 8;

  constructor(
    private readonly orders: Orders,
    private readonly sites: SiteBindings,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const order = (await this.orders.byIds([id])).get(id);
    if (order?.certificateId) await this.sites.bind(order.siteId, order.certificateId, order.beside, (tx) => this.orders.handedOn(tx, id));
  }
}
