/**
 * What one query may cost, from the first day. Its shape (depth, aliases, root fields, nodes) is measured before it is validated,
 * with fragments unfolded, each measured once: 300 fragments that each spread the next one twice unfold to 2^300 nodes, and
 * whoever walks them never comes back. Then a weighted cost in which a page counts with its size. Nothing refused is executed.
 */
import { Kind, type DocumentNode, type SelectionNode, type SelectionSetNode, type ValidationRule } from 'graphql';
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
  /** Fields and fragments, unfolded. graphql-query-complexity gives up with an error of its own at 10,000. */
  nodes: 5_000,
  /** A page of 100 with ten fields each costs about 1,000. */
  cost: 5_000,
} as const;

/** The first limit that the document is beyond. */
export function beyondLimits(document: DocumentNode): Refusal | undefined {
  const shape = measure(document);
  const [what, value, limit] =
    [
      ['depth', shape.depth, LIMITS.depth] as const,
      ['root fields', shape.roots, LIMITS.rootFields] as const,
      ['aliases', shape.aliases, LIMITS.aliases] as const,
      ['nodes', shape.nodes, LIMITS.nodes] as const,
    ].find(([, measured, allowed]) => measured > allowed) ?? [];
  return what === undefined ? undefined : refuse(what, value!, limit!);
}

/** As a validation rule, since it needs the schema and the variables. */
export const costRule = (variables: Record<string, unknown> | undefined): ValidationRule =>
  createComplexityRule({
    maximumComplexity: LIMITS.cost,
    variables: variables ?? {},
    estimators: [pageEstimator, simpleEstimator({ defaultComplexity: 1 })],
    createError: (limit, value) => refuse('cost', value, limit),
  }) as ValidationRule;

/** A field with `first` costs its children that many times. */
const pageEstimator: ComplexityEstimator = ({ args, childComplexity }) => {
  const first: unknown = args['first'];
  return typeof first === 'number' ? 1 + Math.min(Math.max(first, 1), 100) * childComplexity : undefined;
};

type Shape = { readonly depth: number; readonly roots: number; readonly aliases: number; readonly nodes: number };
const NOTHING: Shape = { depth: 0, roots: 0, aliases: 0, nodes: 0 };

/** Over all operations of the document together. */
function measure({ definitions }: DocumentNode): Shape {
  const fragments = new Map(definitions.flatMap((part) => (part.kind === Kind.FRAGMENT_DEFINITION ? [[part.name.value, part]] : [])));
  const measured = new Map<string, Shape>();

  function ofFragment(name: string): Shape {
    const known = measured.get(name);
    if (known) return known;
    // Until it is measured: one that contains itself is reported by the standard rules.
    measured.set(name, NOTHING);
    const fragment = fragments.get(name);
    const shape = fragment ? ofSet(fragment.selectionSet) : NOTHING;
    measured.set(name, shape);
    return shape;
  }
  const ofSet = (set: SelectionSetNode): Shape => set.selections.map(ofSelection).reduce(beside, NOTHING);
  function ofSelection(selection: SelectionNode): Shape {
    if (selection.kind !== Kind.FIELD) {
      const inside = selection.kind === Kind.FRAGMENT_SPREAD ? ofFragment(selection.name.value) : ofSet(selection.selectionSet);
      return { ...inside, nodes: inside.nodes + 1 };
    }
    const below = selection.selectionSet ? ofSet(selection.selectionSet) : NOTHING;
    return { depth: below.depth + 1, roots: 1, aliases: below.aliases + (selection.alias ? 1 : 0), nodes: below.nodes + 1 };
  }
  return definitions.map((part) => (part.kind === Kind.OPERATION_DEFINITION ? ofSet(part.selectionSet) : NOTHING)).reduce(beside, NOTHING);
}

const beside = (a: Shape, b: Shape): Shape => ({
  depth: Math.max(a.depth, b.depth),
  roots: a.roots + b.roots,
  aliases: a.aliases + b.aliases,
  nodes: a.nodes + b.nodes,
});

const refuse = (what: string, value: number, limit: number): Refusal => new Refusal(problem('QUERY_TOO_COSTLY', { what, value, limit }));
