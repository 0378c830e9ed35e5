/**
 * The local CA's book of orders. Keys in its MemberState:
 *
 * - `order/<reference>`: OrderRecord. One key for each order placed, so the count of keys is the count of orders.
 * - `root`, `intermediate/<number>`: see authority.ts; secrets `root-key`, `intermediate-key`.
 * - `revocation/<serial>`, `crl`: see revocation-register.ts.
 */
import type { MemberState } from '../../member-state.js';
import type { OrderRecord } from './order-record.js';

export class OrderRegister {
  constructor(private readonly state: MemberState) {}

  find(reference: string): Promise<OrderRecord | undefined> {
    return this.state.read<OrderRecord>(keyOf(reference)).then((kept) => kept?.body);
  }

  /** The order that is in the register afterwards: this one, or the one that was there. */
  async placeOnce(order: OrderRecord): Promise<OrderRecord> {
    const first = await this.state.create(keyOf(order.reference), order);
    return first ? order : ((await this.find(order.reference)) ?? missing(order.reference));
  }

  /** Compare and set, again on the newest record where another writer came first. `change` may see records that it was not made for. */
  async change(reference: string, change: (order: OrderRecord) => OrderRecord): Promise<OrderRecord> {
    for (;;) {
      const kept = await this.state.read<OrderRecord>(keyOf(reference));
      if (kept === undefined) return missing(reference);
      const changed = change(kept.body);
      // Each lost round is another writer's progress, and an order has a bounded number of changes; so this ends.
      if (changed === kept.body || (await this.state.replace(keyOf(reference), changed, kept.version))) return changed;
    }
  }
}

const keyOf = (reference: string): string => `order/${reference}`;

function missing(reference: string): never {
  throw new Error(`order ${reference} went out of the register`);
}
