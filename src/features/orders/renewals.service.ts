import { Injectable } from '@nestjs/common';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import type { Actor } from '../../values/actor.js';
import { parseId, type Id } from '../../values/id.js';
import { about, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import { OrderBook } from './order-book.service.js';
import { OrderDraft } from './order-draft.service.js';
import type { OrderChange } from './orders.service.js';
import { OrdersStore } from './orders.store.js';

/** Orders in the place of a certificate: what was ordered, with a fresh key, while it lasts or when it has ended. */
@Injectable()
export class Renewals {
  constructor(
    private readonly store: OrdersStore,
    private readonly access: Access,
    private readonly mutations: Mutations,
    private readonly draft: OrderDraft,
    private readonly book: OrderBook,
  ) {}

  /** Refused as a new order for the same would be. */
  async renew(actor: Actor, certificateId: string, key: string): Promise<Result<OrderChange>> {
    const parsed = parseId('certificate', certificateId);
    const input = parsed.ok ? parsed : err(about('certificateId', parsed.problem));
    const allow = async (id: Id<'certificate'>) => {
      const allowed = await this.access.require(actor, 'WRITE_ORDERS', 'certificate', [id]);
      const made = allowed.ok ? (await this.store.ofCertificates([id])).get(id) : undefined;
      return made ? this.access.require(actor, 'WRITE_ORDERS', 'site', [made.siteId]) : allowed;
    };
    const done = await this.mutations.run({ by: actor, action: 'certificate.renew', key, input, allow }, async (tx, id) => {
      const made = (await this.store.ofCertificates([id], tx)).get(id);
      if (!made) return err(problem('NOT_FOUND', { what: 'order' }, { subject: id }));
      const order = await this.draft.renewal(tx, made, id);
      if (!order.ok) return order;
      const opened = await this.book.open(tx, order.value);
      return opened.ok ? ok(order.value.id) : opened;
    });
    if (!done.ok) return done;
    return ok({ order: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }
}
