/** The walk of an order through processes that die: at every step of it once, until one is left that does not. */
import { freshKey } from './app.js';
import { rows } from './database.js';
import type { ApiProcess, Fault, Machine } from './process.js';
import type { SecuredSite } from './secured-site.js';
import { waitFor } from './suite/wait-for.js';

export type Deaths = { readonly at: readonly string[]; readonly survivor: ApiProcess; readonly orderId: string };
/** `exit`: how a process ends by it: `SIGKILL`, or `0` where it was asked to stop. */
export type Death = { readonly signal: Fault['signal']; readonly exit: string };

export const KILLED: Death = { signal: 'SIGKILL', exit: 'SIGKILL' };
export const STOPPED: Death = { signal: 'SIGTERM', exit: '0' };

/** Each process dies at the first fault point that none before it died at and that is not spared. */
export async function orderThroughDeaths(
  machine: Machine,
  site: SecuredSite,
  death: Death,
  spared: readonly string[] = [],
): Promise<Deaths> {
  const at: string[] = [];
  return endured(machine, site, death, at, () => ({ signal: death.signal, except: [...spared, ...at] }));
}

/** Each of `deaths` in turn, of which one may be there twice. */
export function orderThrough(machine: Machine, site: SecuredSite, death: Death, points: readonly string[]): Promise<Deaths> {
  const at: string[] = [];
  return endured(machine, site, death, at, () => (at.length < points.length ? { signal: death.signal, at: points[at.length] } : undefined));
}

async function endured(
  machine: Machine,
  site: SecuredSite,
  { exit }: Death,
  at: string[],
  fault: () => Fault | undefined,
): Promise<Deaths> {
  const key = freshKey();
  let orderId: string | undefined;
  let served: Promise<string> | undefined;
  let api = machine.standBy();
  for (;;) {
    const next = machine.standBy();
    await api.begin(fault());
    // As a caller does who got no answer: the same key again.
    orderId ??= await site.order(api.ask, key).catch(() => undefined);
    // Whoever is asked answers for all: the processes follow each other on one socket.
    if (orderId !== undefined) served ??= site.isServedBy(api.ask, orderId, WALK_LIMIT_MS).then(() => 'served');
    const end = await Promise.race([api.ended, ...(served ? [served] : [])]);
    if (end === 'served') {
      machine.giveBack(next);
      return { at, survivor: api, orderId: orderId! };
    }
    if (end !== exit) throw new Error(`it ended with ${end} after ${api.reached().at(-1)}`);
    at.push(api.reached().at(-1)!);
    await claimsRunOut(machine);
    api = next;
  }
}

/** For all deaths of one order together. */
const WALK_LIMIT_MS = 240_000;

/** Half a second before: a process takes longer to start. Found held, a claim is asked for again seconds later only. */
export async function claimsRunOut({ database }: Machine): Promise<void> {
  const query = `SELECT 1 FROM claims WHERE expires_at > now() + interval '0.5 s'`;
  await waitFor('the claims of the dead to run out', async () => (await rows(database.url, query)).length === 0);
}
