/** What the local CA itself has on record: counted on its side, never from our orders. */
import type { OrderRecord } from '../../../src/adapters/issuers/local-ca/order-record.js';
import { rows } from '../database.js';

export type CaRegister = { readonly orders: readonly OrderRecord[]; readonly certificates: readonly string[] };

/** Of orders for any of these names. */
export async function caRegister(databaseUrl: string, ...names: readonly string[]): Promise<CaRegister> {
  const found = await rows<{ body: OrderRecord }>(
    databaseUrl,
    `SELECT body FROM member_states WHERE member = 'local-ca' AND key LIKE 'order/%' AND body->'names' ?| $1`,
    [names],
  );
  const orders = found.map(({ body }) => body);
  return { orders, certificates: orders.flatMap(({ certificate }) => certificate ?? []) };
}
