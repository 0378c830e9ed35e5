/** The walk of an order through processes that die while they wait for the CA: it has done what it was asked, and nobody hears of it. */
import { freshKey } from '../app.js';
import type { FrontRequest } from './acme-front.js';
import type { AcmeNginx } from './acme-nginx.js';
import type { SecuredSite } from '../secured-site.js';

/** The requests that change something, as Pebble's paths tell them. */
export const REQUESTS = ['newOrder', 'challenge', 'finalize', 'certificate'] as const;
export type Request = (typeof REQUESTS)[number];

const PATHS: Readonly<Record<Request, RegExp>> = {
  newOrder: /^\/order-plz$/,
  challenge: /^\/chalZ\//,
  finalize: /^\/finalize-order\//,
  certificate: /^\/certZ\//,
};

/** One order; of each of these requests the first one kills the process that sent it. */
export async function orderThroughLostAnswers(world: AcmeNginx, site: SecuredSite, requests: readonly Request[]): Promise<void> {
  const key = freshKey();
  const deadly = new Set(requests);
  let api = await world.machine.run();
  world.front.tampering = async ({ path, payload }, ask) => {
    const request = [...deadly].find((each) => PATHS[each].test(path) && asks(each, payload));
    if (request === undefined) return ask();
    deadly.delete(request);
    await ask();
    await api.kill();
    return 'CUT';
  };
  try {
    while (deadly.size > 0) {
      await site.order(api.ask, key).catch(() => undefined);
      await api.ended;
      api = await world.machine.run();
    }
    await site.isServedBy(api.ask, await site.order(api.ask, key), 120_000);
    await api.kill();
  } finally {
    world.front.tampering = undefined;
  }
}

/** A challenge that is only looked at is asked for without a payload (RFC 8555 6.3). */
const asks = (request: Request, payload: FrontRequest['payload']): boolean => request !== 'challenge' || payload !== undefined;
