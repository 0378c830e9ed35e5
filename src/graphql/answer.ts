/** What the edge itself answers with: problems in the shape of GraphQL, whatever the route. */
import type { FastifyReply } from 'fastify';
import type { FormattedExecutionResult, GraphQLError } from 'graphql';
import type { Problem } from '../values/problems/problem.js';
import { Refusal } from './refusal.js';

export function answer(reply: FastifyReply, status: number, errors: readonly GraphQLError[]): FastifyReply {
  const body: FormattedExecutionResult = { errors: errors.map((error) => error.toJSON()) };
  return reply.code(status).send(body);
}

/** A limit says in how many seconds; a caller is told when. */
export function slowDown(reply: FastifyReply, limit: Problem, now: number): FastifyReply {
  const wait = limit.retryAfter ?? 60;
  void reply.header('retry-after', wait);
  return answer(reply, 429, [new Refusal({ ...limit, retryAfter: now + wait * 1000 })]);
}
