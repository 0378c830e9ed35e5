/**
 * What one query may cost, from the first day: tokens, depth, aliases, root fields and a weighted cost in which a page counts
 * with its size. Refused before anything is executed.
 */
import { GraphQLError, Kind, type ASTVisitor, type SelectionSetNode, type ValidationContext, type ValidationRule } from 'graphql';
import { createComplexityRule, simpleEstimator, type ComplexityEstimator } from 'graphql-query-complexity';
import { problem } from '../values/problems/problem.js';
import { Refusal } from './refusal.js';

export const LIMITS = {
  /** Largest request body, bytes. A CSR is at most 16 KiB; the rest is query text. */
  bodyBytes: 262_144,
  /** Lexical tokens; the parser stops there. */
  tokens: 4_000,
  /** GraphiQL's introspection query is 13 levels deep. */
  depth: 15,
  aliases: 30,
  /** One mutation is one intent; a few side by side are convenient, hundreds are a way around the rate limit. */
  rootFields: 20,
  /** A page of 100 with ten fields each costs about 1,000. */
  cost: 5_000,
} as const;

export function limitRules(variables: Record<string, unknown> | undefined): ValidationRule[] {
  const cost = createComplexityRule({
    maximumComplexity: LIMITS.cost,
    variables: variables ?? {},
    estimators: [pageEstimator, simpleEstimator({ defaultComplexity: 1 })],
    createError: (limit, value) => refuse('cost', value, limit),
  });
  return [shapeRule, cost as ValidationRule];
}

/** A field with `first` costs its children that many times. */
const pageEstimator: ComplexityEstimator = ({ args, childComplexity }) => {
  const first: unknown = args['first'];
  return typeof first === 'number' ? 1 + Math.min(Math.max(first, 1), 100) * childComplexity : undefined;
};

function shapeRule(context: ValidationContext): ASTVisitor {
  let aliases = 0;
  return {
    OperationDefinition(node) {
      const depth = depthOf(context, node.selectionSet, new Set());
      if (depth > LIMITS.depth) context.reportError(refuse('depth', depth, LIMITS.depth));
      const roots = node.selectionSet.selections.length;
      if (roots > LIMITS.rootFields) context.reportError(refuse('root fields', roots, LIMITS.rootFields));
    },
    Field(node) {
      if (node.alias && ++aliases === LIMITS.aliases + 1) context.reportError(refuse('aliases', aliases, LIMITS.aliases));
    },
  };
}

/** Stops just past the limit, and at a fragment that contains itself (which the standard rules report). */
function depthOf(context: ValidationContext, set: SelectionSetNode, seen: ReadonlySet<string>, depth = 1): number {
  if (depth > LIMITS.depth) return depth;
  let deepest = depth;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const name = selection.name.value;
      const fragment = seen.has(name) ? undefined : context.getFragment(name);
      if (fragment) deepest = Math.max(deepest, depthOf(context, fragment.selectionSet, new Set([...seen, name]), depth));
    } else if (selection.selectionSet) {
      const below = selection.kind === Kind.FIELD ? depth + 1 : depth;
      deepest = Math.max(deepest, depthOf(context, selection.selectionSet, seen, below));
    }
    if (deepest > LIMITS.depth) return deepest;
  }
  return deepest;
}

const refuse = (what: string, value: number, limit: number): GraphQLError =>
  new Refusal(problem('QUERY_TOO_COSTLY', { what, value, limit }));
