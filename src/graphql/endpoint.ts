/**
 * POST /graphql. Only `application/json` is read (a cross-site form cannot send it), only bearer tokens are believed (a browser
 * never sends them by itself), and there are no queries by GET, no batches and no WebSockets: with them go the usual ways to make
 * a browser do what its user did not want. A subscription is answered by a stream on the same route (subscriptions.ts).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type {} from 'mercurius';
import { getOperationAST, GraphQLError, parse, specifiedRules, validate, type DocumentNode } from 'graphql';
import type { Actor } from '../values/actor.js';
import { problem, type Problem } from '../values/problems/problem.js';
import { isProblemCode, type ProblemCode } from '../values/problems/codes.js';
import { answer, slowDown } from './answer.js';
import { beyondLimits, costRule, LIMITS } from './limits.js';
import type { RateLimits } from './rate-limit.js';
import { Refusal } from './refusal.js';
import { RequestContext } from './request-context.js';
import { Streams } from './subscriptions.js';

/** The port through which the edge learns who calls; the room accounts fulfils it. */
interface Authenticator {
  /** Undefined for a token that is unknown, expired or revoked: the three look the same from outside. */
  authenticate(token: string): Promise<Actor | undefined>;
}

export type Endpoint = {
  readonly authenticator: Authenticator;
  readonly limits: RateLimits;
  readonly now: () => number;
  /** Called for what was not foreseen, with the id that the caller is told. */
  readonly onFault: (error: unknown, logId: string) => void;
  /** Called for a known caller's request that was refused before any of it was executed, unless it was one too many. */
  readonly onRefused: (actor: Actor, code: ProblemCode) => Promise<void>;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls, from `admit` on. */
    actor?: Actor;
  }
}

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
  app.decorateRequest('actor');
  const streams = new Streams(app);
  app.post<{ Body: Body }>(
    '/graphql',
    {
      schema: { body: BODY_SCHEMA },
      attachValidation: true,
      // Before the body is read: those who are not known could fill the memory with bodies that never end.
      onRequest: (request, reply) => admit(request, reply, endpoint),
      errorHandler: (error, request, reply) => beforeRoute(error as Error, request, reply, endpoint),
    },
    (request, reply) =>
      request.validationError
        ? refuse(request, reply, 400, [badRequest('The body has to be {"query": …, "variables": …}.')], endpoint)
        : execute(app, request, reply, request.actor!, { ...endpoint, streams }),
  );
}

async function admit(request: FastifyRequest, reply: FastifyReply, endpoint: Endpoint): Promise<FastifyReply | undefined> {
  const actor = await authenticate(request, endpoint.authenticator);
  if (!actor) {
    void reply.header('www-authenticate', 'Bearer');
    return answer(reply, 401, [new Refusal(problem('UNAUTHENTICATED'))]);
  }
  request.actor = actor;
  const tooOften = await endpoint.limits.caller(request, actor.accountId);
  if (tooOften) return slowDown(reply, tooOften, endpoint.now());
  const { 'content-encoding': coding = 'identity' } = request.headers;
  if (coding === 'identity') return undefined;
  return refuse(request, reply, 415, [badRequest('The body has to be sent as it is, without a content coding.')], endpoint);
}

const badRequest = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'INVALID_INPUT' } });

async function execute(
  app: FastifyInstance,
  request: FastifyRequest<{ Body: Body }>,
  reply: FastifyReply,
  actor: Actor,
  endpoint: Endpoint & { readonly streams: Streams },
) {
  const { query, variables, operationName } = request.body;
  try {
    // Before mercurius sees it, which takes what does not parse for a document in JSON, past the limit of tokens.
    const refused = beyondLimits(query, variables);
    if (refused) throw refused;
    const document = parse(query);
    if (getOperationAST(document, operationName)?.operation === 'subscription')
      return await stream(app, request, reply, actor, endpoint, document);
    const context = { request: new RequestContext(actor, request.id) };
    const result = await app.graphql(query, context as never, variables ?? {}, operationName ?? undefined);
    const errors = result.errors?.map((error) => tell(error, request, endpoint));
    return reply.code(200).send({ ...(result.data !== undefined && { data: result.data }), ...(errors && { errors }) });
  } catch (error) {
    const errors = validationErrors(error);
    return errors ? refuse(request, reply, 400, errors, endpoint) : answer(reply, 500, [tell(error as Error, request, endpoint)]);
  }
}

async function stream(
  { graphql: { schema } }: FastifyInstance,
  request: FastifyRequest<{ Body: Body }>,
  reply: FastifyReply,
  actor: Actor,
  endpoint: Endpoint & { readonly streams: Streams },
  document: DocumentNode,
): Promise<FastifyReply> {
  const { variables, operationName } = request.body;
  const variableValues = variables ?? {};
  if (!/\btext\/event-stream\b/.test(request.headers.accept ?? ''))
    return refuse(request, reply, 406, [badRequest('A subscription is answered by a stream: send `Accept: text/event-stream`.')], endpoint);
  // As mercurius does it for the others.
  const invalid = validate(schema, document, [...specifiedRules, costRule(variableValues)]);
  if (invalid.length > 0) return refuse(request, reply, 400, validationErrors({ errors: invalid })!, endpoint);
  const full = endpoint.streams.refusal(actor.accountId);
  if (full) return refuse(request, reply, 429, [new Refusal(full)], endpoint);
  return endpoint.streams.open(actor.accountId, reply, {
    ...{ schema, document, variableValues, operationName: operationName ?? undefined },
    context: () => ({ request: new RequestContext(actor, request.id) }),
    tell: (error) => tell(error, request, endpoint),
  });
}

/** Tells a known caller, and writes down who tried. */
async function refuse(
  { actor }: FastifyRequest,
  reply: FastifyReply,
  status: number,
  errors: readonly GraphQLError[],
  { onRefused }: Endpoint,
): Promise<FastifyReply> {
  const code = String(errors[0]?.extensions['code']);
  await onRefused(actor!, isProblemCode(code) ? code : 'INVALID_INPUT');
  return answer(reply, status, errors);
}

/** A body that is too large, not JSON, or of another media type never reaches the route. Anything else is a fault of ours. */
async function beforeRoute(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
  endpoint: Endpoint,
): Promise<FastifyReply> {
  const { statusCode = 500, message } = error;
  if (statusCode >= 500) return answer(reply, 500, [tell(error, request, endpoint)]);
  const tooLarge = problem('TOO_LARGE', { limit: LIMITS.bodyBytes, unit: 'bytes' });
  try {
    return await refuse(request, reply, statusCode, [statusCode === 413 ? new Refusal(tooLarge) : badRequest(message)], endpoint);
  } catch (fault) {
    return answer(reply, 500, [tell(fault as Error, request, endpoint)]);
  }
}

/** Of two tokens, whatever stands in front of us may have looked at the other one: there has to be one (RFC 9110 5.3). */
async function authenticate({ raw }: FastifyRequest, authenticator: Authenticator): Promise<Actor | undefined> {
  const [credentials = '', another] = raw.headersDistinct['authorization'] ?? [];
  const token = another === undefined ? /^Bearer ([A-Za-z0-9_-]{16,128})$/.exec(credentials)?.[1] : undefined;
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
  if (error instanceof GraphQLError && !error.originalError) return place(badRequest(error.message), error);
  endpoint.onFault(original, request.id);
  const fault: Problem = problem('INTERNAL', { logId: request.id });
  return place(new Refusal(fault), error);
}

const place = (told: GraphQLError, at: Error): GraphQLError =>
  at instanceof GraphQLError ? new GraphQLError(told.message, { nodes: at.nodes, path: at.path, extensions: told.extensions }) : told;
