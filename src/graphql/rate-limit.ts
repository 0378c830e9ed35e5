/**
 * Two limits: one for an address, before anything is asked of the database, and one for an account, whichever of its tokens it
 * uses. Counted per process; a platform with several API processes lets each count for itself.
 */
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problem, type Problem } from '../values/problems/problem.js';

export type RateLimits = {
  /** By address, for requests that nobody has answered for yet. */
  stranger(request: FastifyRequest): Promise<Problem | undefined>;
  /** By account. */
  caller(request: FastifyRequest, accountId: string): Promise<Problem | undefined>;
};

/** Many callers may share an address; strangers without a token get no further than this. */
const ADDRESS_FACTOR = 10;
/** Keys remembered at once: an attacker with many addresses pushes others out, never memory up. */
const REMEMBERED = 20_000;

export async function rateLimits(app: FastifyInstance, perMinute: number): Promise<RateLimits> {
  await app.register(rateLimit, { global: false, cache: REMEMBERED });
  const accounts = new WeakMap<FastifyRequest, string>();
  const make = (max: number, keyGenerator: (request: FastifyRequest) => string) => {
    const check = app.createRateLimit({ max, timeWindow: '1 minute', keyGenerator });
    return async (request: FastifyRequest): Promise<Problem | undefined> => {
      const result = await check(request);
      if (result.isAllowed || !result.isExceeded) return undefined;
      return problem('RATE_LIMITED', { limit: max }, { retryAfter: Math.ceil(result.ttlInSeconds) });
    };
  };
  const byAccount = make(perMinute, (request) => accounts.get(request)!);
  return {
    // Whoever has IPv6 has a /64 at least: more addresses than there is time to try. Whoever is on the unix socket itself has none.
    stranger: make(perMinute * ADDRESS_FACTOR, (request) => normalizeIP(String(request.ip), 64)),
    caller: (request, accountId) => {
      accounts.set(request, accountId);
      return byAccount(request);
    },
  };
}
