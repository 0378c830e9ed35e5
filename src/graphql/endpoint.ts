/**
 * POST /graphql, and GraphiQL for a person with a browser. Only `application/json` is read (a cross-site form cannot send it),
 * only bearer tokens are believed (a browser never sends them by itself), and there are no queries by GET, no batches and no
 * WebSockets: with them go the usual ways to make a browser do what its user did not want.
 */
import { gzipSync } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type {} from 'mercurius';
import { GraphQLError, type FormattedExecutionResult } from 'graphql';
import type { Actor } from '../values/actor.js';
import { problem, type Problem } from '../values/problems/problem.js';
import { isProblemCode } from '../values/problems/codes.js';
import type { Authenticator } from './authenticator.js';
import { beyondLimits, LIMITS } from './limits.js';
import type { RateLimits } from './rate-limit.js';
import { Refusal } from './refusal.js';
import { RequestContext } from './request-context.js';

export type Endpoint = {
  readonly authenticator: Authenticator;
  readonly limits: RateLimits;
  readonly now: () => number;
  /** Called for what was not foreseen, with the id that the caller is told. */
  readonly onFault: (error: unknown, logId: string) => void;
  /** Called for an authenticated request that did not even validate. */
  readonly onRefused: (actor: Actor, code: string) => Promise<void>;
};

type Body = { query: string; variables?: Record<string, unknown> | null; operationName?: string | null };
const BODY_SCHEMA = {
  type: 'object',
  required: ['query'],
  properties: {
    query: { type: 'string', minLength: 1 },
    variables: { type: ['object', 'null'] },
    operationName: { type: ['string', 'null'] },
    extensions: { type: ['object', 'null'] },
  },
} as const;

export function serveGraphql(app: FastifyInstance, endpoint: Endpoint): void {
  // Nine megabytes of editor, all from this origin: zipped once, when the first person asks.
  let zippedPage: Buffer | undefined;
  const graphiql = () => renderGraphiQL({ endpoint: '/graphql', title: 'Hostseal GraphQL', defaultQuery: WELCOME });
  app.get('/graphql', (request, reply) => {
    const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding']));
    if (zipped) void reply.header('content-encoding', 'gzip');
    return reply
      .type('text/html; charset=utf-8')
      .header('vary', 'accept-encoding')
      .header('content-security-policy', GRAPHIQL_POLICY)
      .send(zipped ? (zippedPage ??= gzipSync(graphiql())) : graphiql());
  });
  app.get('/', (_, reply) => reply.redirect('/graphql', 302));

  app.post<{ Body: Body }>(
    '/graphql',
    {
      schema: { body: BODY_SCHEMA },
      attachValidation: true,
      errorHandler: (error, request, reply) => void beforeRoute(error as Error, request, reply, endpoint),
    },
    async (request, reply) => {
      const tooMany = await endpoint.limits.stranger(request);
      if (tooMany) return slowDown(reply, tooMany, endpoint);
      const actor = await authenticate(request, endpoint.authenticator);
      if (!actor) {
        void reply.header('www-authenticate', 'Bearer');
        return answer(reply, 401, [new Refusal(problem('UNAUTHENTICATED'))]);
      }
      const tooOften = await endpoint.limits.caller(request, actor.tokenId ?? actor.accountId);
      if (tooOften) return slowDown(reply, tooOften, endpoint);
      if (request.validationError)
        return answer(reply, 400, [new GraphQLError('The body has to be {"query": …, "variables": …}.', BAD_REQUEST)]);
      return execute(app, request, reply, actor, endpoint);
    },
  );
}

const WELCOME = `# Set the header {"Authorization": "Bearer <token>"} below; Ctrl-Space completes.
{
  me { id name kind }
  sites(first: 10) { nodes { names security { state } } }
}
`;
/** GraphiQL is one page with inline script and style; it may talk to this origin only. */
const GRAPHIQL_POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: 'self'; font-src data:; worker-src blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const BAD_REQUEST = { extensions: { code: 'INVALID_INPUT' } };

async function execute(
  app: FastifyInstance,
  request: FastifyRequest<{ Body: Body }>,
  reply: FastifyReply,
  actor: Actor,
  endpoint: Endpoint,
) {
  const { query, variables, operationName } = request.body;
  try {
    // Before mercurius sees it, which takes what does not parse for a document in JSON, past the limit of tokens.
    const refused = beyondLimits(query, variables);
    if (refused) throw refused;
    const context = { request: new RequestContext(actor, request.id) };
    const result = await app.graphql(query, context as never, variables ?? {}, operationName ?? undefined);
    const errors = result.errors?.map((error) => tell(error, request, endpoint));
    return reply.code(200).send({ ...(result.data !== undefined && { data: result.data }), ...(errors && { errors }) });
  } catch (error) {
    const errors = validationErrors(error);
    if (!errors) return answer(reply, 500, [tell(error as Error, request, endpoint)]);
    const first = errors[0]?.extensions['code'];
    await endpoint.onRefused(actor, typeof first === 'string' && isProblemCode(first) ? first : 'INVALID_INPUT');
    return answer(reply, 400, errors);
  }
}

/** A body that is too large, not JSON, or of another media type never reaches the route. Anything else is a fault of ours. */
function beforeRoute(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
  endpoint: Endpoint,
): FastifyReply {
  const { statusCode = 500 } = error;
  if (statusCode === 413) return answer(reply, 413, [new Refusal(problem('TOO_LARGE', { limit: LIMITS.bodyBytes, unit: 'bytes' }))]);
  if (statusCode < 500) return answer(reply, statusCode, [new GraphQLError(error.message, BAD_REQUEST)]);
  return answer(reply, 500, [tell(error, request, endpoint)]);
}

async function authenticate(request: FastifyRequest, authenticator: Authenticator): Promise<Actor | undefined> {
  const token = /^Bearer ([A-Za-z0-9_-]{16,128})$/.exec(request.headers.authorization ?? '')?.[1];
  return token === undefined ? undefined : authenticator.authenticate(token);
}

/** What a syntax or validation error carries; undefined for anything else. */
function validationErrors(error: unknown): readonly GraphQLError[] | undefined {
  const errors = error instanceof GraphQLError ? [error] : (error as { errors?: unknown }).errors;
  if (!Array.isArray(errors) || !errors.every((part) => part instanceof GraphQLError)) return undefined;
  return errors.slice(0, 10).map((part: GraphQLError) =>
    part instanceof Refusal
      ? part
      : new GraphQLError(part.message, {
          nodes: part.nodes,
          source: part.source,
          positions: part.positions,
          extensions: { code: 'INVALID_INPUT' },
        }),
  );
}

/** A problem is told; anything else becomes INTERNAL with a log id, and the log has the rest. */
function tell(error: Error | GraphQLError, request: FastifyRequest, endpoint: Endpoint): GraphQLError {
  const original = error instanceof GraphQLError && error.originalError ? error.originalError : error;
  if (original instanceof Refusal) return place(original, error);
  if (error instanceof GraphQLError && !error.originalError)
    return place(new GraphQLError(error.message, { extensions: { code: 'INVALID_INPUT' } }), error);
  endpoint.onFault(original, request.id);
  const fault: Problem = problem('INTERNAL', { logId: request.id });
  return place(new Refusal(fault), error);
}

/** A limit says in how many seconds; a caller is told when. */
function slowDown(reply: FastifyReply, limit: Problem, { now }: Endpoint): FastifyReply {
  const wait = limit.retryAfter ?? 60;
  void reply.header('retry-after', wait);
  return answer(reply, 429, [new Refusal({ ...limit, retryAfter: now() + wait * 1000 })]);
}

const place = (told: GraphQLError, at: Error): GraphQLError =>
  at instanceof GraphQLError ? new GraphQLError(told.message, { nodes: at.nodes, path: at.path, extensions: told.extensions }) : told;

function answer(reply: FastifyReply, status: number, errors: readonly GraphQLError[]): FastifyReply {
  const body: FormattedExecutionResult = { errors: errors.map((error) => error.toJSON()) };
  return reply.code(status).send(body);
}
