/** The walk of an order through processes that die: at every step of it once, until one is left that does not. */
import type { ApiProcess, Fault, Machine } from './process.js';
import { freshKey } from './app.js';
import type { SecuredSite } from './secured-site.js';

export type Deaths = { readonly at: readonly string[]; readonly survivor: ApiProcess; readonly orderId: string };

/** `exit`: how each process ends: `SIGKILL`, or `0` for a stop. Each dies at the first fault point that none before it died at. */
export async function orderThroughDeaths(machine: Machine, site: SecuredSite, signal: Fault['signal'], exit: string): Promise<Deaths> {
  const at: string[] = [];
  const key = freshKey();
  let orderId: string | undefined;
  let api = machine.standBy();
  for (;;) {
    await api.begin({ signal, except: at });
    const next = machine.standBy();
    // As a caller does who got no answer: the same key again.
    orderId ??= await site.order(api.ask, key).catch(() => undefined);
    const end = await Promise.race([
      api.ended,
      orderId
        ? site.isServedBy(api.ask, orderId).then(
            () => 'served',
            () => api.ended,
          )
        : api.ended,
    ]);
    if (end === 'served') {
      await next.kill();
      return { at, survivor: api, orderId: orderId! };
    }
    if (end !== exit) throw new Error(`it ended with ${end} at ${api.reached().at(-1)}`);
    at.push(api.reached().at(-1)!);
    api = next;
  }
}
