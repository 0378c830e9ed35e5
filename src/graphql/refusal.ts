import { GraphQLError } from 'graphql';
import { CATALOGUE, messageOf, remedyOf } from '../values/problems/catalogue.js';
import type { Problem } from '../values/problems/problem.js';
import type { Result } from '../values/result.js';

/** A problem where there is no union to put it in: queries and the edge itself. Its code and remedy travel in `extensions`. */
export class Refusal extends GraphQLError {
  constructor(readonly problem: Problem) {
    super(messageOf(problem), {
      extensions: {
        code: problem.code,
        remedy: remedyOf(problem),
        whoActs: CATALOGUE[problem.code].whoActs,
        ...(problem.subject !== undefined && { subject: problem.subject }),
        ...(problem.retryAfter !== undefined && { retryAfter: new Date(problem.retryAfter).toISOString() }),
      },
    });
  }
}

/** The value, or a Refusal at the top level: for queries, which have no result union. */
export function orRefuse<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.problem);
}
