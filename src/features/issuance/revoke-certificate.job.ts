import { Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { seconds } from '../../values/instant.js';
import { OrderBook } from '../orders/order-book.service.js';
import { Orders } from '../orders/orders.service.js';
import { CertificateRevoker } from './certificate-revoker.service.js';

/** A certificate is to be revoked: its CA is told until it says yes or no. Under the claim of its order, whose timeline tells of it. */
@Injectable()
export class RevokeCertificateJob implements JobHandler {
  readonly name = 'certificate.revoke';
  readonly concurrency = 4;

  constructor(
    private readonly orders: Orders,
    private readonly book: OrderBook,
    private readonly revoker: CertificateRevoker,
    private readonly claims: Claims,
    private readonly jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const orderId = (await this.orders.ofCertificates([id])).get(id)?.id;
    if (orderId === undefined) return;
    const held = await this.claims.whileHolding(`order:${orderId}`, async (claim) => {
      // Read again: somebody else may have had the claim until now.
      const order = await this.book.read(orderId);
      return order && this.revoker.carryOut(id, order, claim);
    });
    if (!held.held) await this.jobs.sendLater(this.name, { id }, seconds(2));
    else if (held.value !== undefined) await this.jobs.sendAt(this.name, { id }, held.value);
  }
}
