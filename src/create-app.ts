/** Puts the application together: the rooms, the one GraphQL route, liveness and readiness. What it is made of comes from outside. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ISSUERS } from './adapters/issuers/issuer.js';
import { AppModule, type Parts } from './app.module.js';
import { ApiTokens } from './features/accounts/api-tokens.service.js';
import { serveGraphql } from './graphql/endpoint.js';
import { guardEveryRoute } from './graphql/front-door.js';
import { serveGraphiql } from './graphql/graphiql.js';
import { LIMITS } from './graphql/limits.js';
import { rateLimits } from './graphql/rate-limit.js';
import { Audit } from './platform/audit/audit.service.js';
import { PrismaService } from './platform/database/prisma.service.js';
import { serveCrls } from './serve-crl.js';
import { servePublicRoots } from './serve-public-roots.js';
import { plus, seconds, type Instant } from './values/instant.js';

/** Longest that a request may take to arrive, however steadily its bytes drip in. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node looks for requests that take longer: by default so seldom that they would have twice the time. */
const LOOK_FOR_LATE_EVERY_MS = 1_000;
/** Longest that a connection may be silent: one who does not read his answer holds it no longer. A transaction takes 40 seconds at most. */
const SILENCE_TIMEOUT_MS = 60_000;
/** Connections at once; more are closed unheard. Far above what the edge forwards, and below the files that a process may open. */
const MOST_CONNECTIONS = 4_000;

/** `behindEdge`: only the edge connects (unix socket), and it alone writes X-Forwarded-For. */
export async function createApp(parts: Parts, { behindEdge }: { behindEdge: boolean }): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { connectionsCheckingInterval: LOOK_FOR_LATE_EVERY_MS },
    connectionTimeout: SILENCE_TIMEOUT_MS,
    trustProxy: behindEdge,
    genReqId: () => Buffer.from(parts.random.bytes(9)).toString('base64url'),
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), adapter, {
    logger: false,
    abortOnError: false,
    // Fastify's own reads JSON. Nest's would read forms too, which a page of a stranger can send.
    bodyParser: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  fastify.server.maxConnections = MOST_CONNECTIONS;
  const limits = await rateLimits(fastify, parts.config.rateLimit);
  const now = () => parts.clock.now();
  guardEveryRoute(fastify, limits, now);
  serveGraphiql(fastify);
  const audit = app.get(Audit);
  serveGraphql(fastify, {
    authenticator: app.get(ApiTokens),
    ...{ limits, now },
    onFault: (error, logId) => parts.log.error({ error, logId }, 'a request failed'),
    onRefused: (actor, code) => audit.record(actor, { action: 'graphql', outcome: 'REFUSED', code }),
  });
  serveHealth(fastify, app.get(PrismaService), now);
  serveCrls(fastify, app.get(ISSUERS), now);
  servePublicRoots(fastify);
  await app.init();
  await fastify.ready();
  return app;
}

/** For so long an answer of readiness is as good as new: whoever asks, and however often, the database is asked once a second. */
const READY_FOR = seconds(1);

function serveHealth(fastify: FastifyInstance, prisma: PrismaService, now: () => Instant): void {
  fastify.get('/health/live', { config: { unlimited: true } }, () => ({ status: 'ok' }));
  let newest: { readonly from: Instant; readonly reachable: Promise<boolean> } | undefined;
  const ask = (from: Instant) => {
    const reachable = prisma.$queryRaw`SELECT 1`.then(
      () => true,
      () => false,
    );
    newest = { from, reachable };
    return reachable;
  };
  fastify.get('/health/ready', async (_, reply) => {
    const at = now();
    // A clock that was set back makes no answer last.
    const reachable = await (newest && at >= newest.from && at < plus(newest.from, READY_FOR) ? newest.reachable : ask(at));
    return reply.code(reachable ? 200 : 503).send({ status: reachable ? 'ok' : 'DATABASE_UNREACHABLE' });
  });
}
