import { Injectable } from '@nestjs/common';
import { problem } from '../../values/problems/problem.js';
import type { Id } from '../../values/id.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Orders } from '../orders/orders.service.js';
import { Renewals } from '../orders/renewals.service.js';
import type { RepairStep } from '../repairs/repair-book.service.js';
import type { Matter, WaitsFor } from '../repairs/repair.js';

/** What only another certificate mends: it is ordered as a renewal is, and installed as every order is. */
@Injectable()
export class RepairByOrder {
  constructor(
    private readonly bindings: Bindings,
    private readonly orders: Orders,
    private readonly renewals: Renewals,
  ) {}

  /** The key is the repair's own: a second time answers with the order of the first. */
  async begin(matter: Matter): Promise<RepairStep> {
    const { repair } = matter;
    const [binding] = await this.bindingsOf(matter);
    if (!binding) return { advance: { to: 'FAILED', problem: problem('NOT_REPAIRABLE', { detail: 'nothing is bound to the name' }) } };
    const ordered = await this.renewals.renew(repair.askedBy, binding.certificateId, `repair-${repair.id}`);
    if (ordered.ok) return { advance: { to: 'WAIT', for: { what: 'ORDER', orderId: ordered.value.order.id } } };
    const { code, subject } = ordered.problem;
    // Somebody ordered the same meanwhile: that one mends it, too.
    if (code === 'ORDER_UNDER_WAY' && subject !== undefined)
      return { advance: { to: 'WAIT', for: { what: 'ORDER', orderId: subject as Id<'order'> } } };
    return { advance: { to: 'FAILED', problem: ordered.problem } };
  }

  async follow(matter: Matter, { orderId }: WaitsFor & { what: 'ORDER' }): Promise<RepairStep> {
    const order = (await this.orders.byIds([orderId])).get(orderId);
    if (!order || order.finishedAt === undefined) return { advance: { to: 'WAIT' } };
    if (order.certificateId === undefined) {
      const cause = order.problem ?? problem('WRONG_STATE', { state: order.state, needs: 'ISSUED' }, { subject: orderId });
      return { advance: { to: 'FAILED', problem: cause } };
    }
    const bindings = await this.bindingsOf(matter);
    const isBound = bindings.length > 0 && bindings.every(({ certificateId }) => certificateId === order.certificateId);
    if (!isBound) return { advance: { to: 'WAIT' } };
    return { advance: { to: 'WAIT', for: { what: 'DEPLOYMENT', bindingIds: bindings.map(({ id }) => id) } } };
  }

  private async bindingsOf({ site, finding }: Matter) {
    return ((await this.bindings.ofSites([site.id])).get(site.id) ?? []).filter(({ name }) => name === finding.name);
  }
}
