/** Puts the application together: the rooms, the one GraphQL route, liveness and readiness. What it is made of comes from outside. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type Parts } from './app.module.js';
import { ApiTokens } from './features/accounts/api-tokens.service.js';
import { serveGraphql } from './graphql/endpoint.js';
import { LIMITS } from './graphql/limits.js';
import { rateLimits } from './graphql/rate-limit.js';
import { Audit } from './platform/audit/audit.service.js';
import { PrismaService } from './platform/database/prisma.service.js';
import { isProblemCode } from './values/problems/codes.js';

/** Longest that a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

/** `behindEdge`: only the edge connects (unix socket), and it alone writes X-Forwarded-For. */
export async function createApp(parts: Parts, { behindEdge }: { behindEdge: boolean }): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
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
  const audit = app.get(Audit);
  serveGraphql(fastify, {
    authenticator: app.get(ApiTokens),
    limits: await rateLimits(fastify, parts.config.rateLimit),
    now: () => parts.clock.now(),
    onFault: (error, logId) => parts.log.error({ error, logId }, 'a request failed'),
    onRefused: (actor, code) => audit.record(actor, { action: 'graphql', outcome: 'REFUSED', ...(isProblemCode(code) && { code }) }),
  });
  const prisma = app.get(PrismaService);
  fastify.get('/health/live', () => ({ status: 'ok' }));
  fastify.get('/health/ready', async (_, reply) => {
    const reachable = await prisma.$queryRaw`SELECT 1`.then(
      () => true,
      () => false,
    );
    return reply.code(reachable ? 200 : 503).send({ status: reachable ? 'ok' : 'DATABASE_UNREACHABLE' });
  });
  await app.init();
  await fastify.ready();
  return app;
}
