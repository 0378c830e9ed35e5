/**
 * What holds for every request, whatever its route, before its body is read: an address that asks too often is turned away, and
 * the answer says that nothing may be made of it but what it is.
 */
import type { FastifyInstance } from 'fastify';
import { slowDown } from './answer.js';
import type { RateLimits } from './rate-limit.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked by those who decide whether this process lives. Refusing them would kill it, and costs as much as the answer. */
    readonly unlimited?: true;
  }
}

export function guardEveryRoute(app: FastifyInstance, limits: RateLimits, now: () => number): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    if (request.routeOptions.config.unlimited) return;
    const tooMany = await limits.stranger(request);
    if (tooMany) return slowDown(reply, tooMany, now());
  });
}

/** A route that knows better sets its own. Nothing here is for pages of other origins: there are no CORS headers at all. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
