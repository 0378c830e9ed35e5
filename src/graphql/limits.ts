/**
 * What one query may cost, from the first day. Its text is measured before it is parsed, its shape before it is validated,
 * with fragments unfolded, each measured once: 300 fragments that each spread the next one twice unfold to 2^300 nodes, and
 * whoever walks them never comes back. Then a weighted cost in which a page counts with its size. Nothing refused is executed.
 */
import {
  Kind,
  Lexer,
  parse,
  SchemaMetaFieldDef,
  Source,
  TokenKind,
  TypeMetaFieldDef,
  type DocumentNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import { createComplexityRule, simpleEstimator, type ComplexityEstimator } from 'graphql-query-complexity';
import { problem } from '../values/problems/problem.js';
import { Refusal } from './refusal.js';

export const LIMITS = {
  /** Largest request body, bytes. A CSR is at most 16 KiB; the rest is query text. */
  bodyBytes: 262_144,
  /** Lexical tokens. */
  tokens: 4_000,
  /** Brackets inside each other: the parser recurses, and runs out of stack at some thousand. */
  nesting: 100,
  /** Values in the variables, at any depth: each wrong one is an error to be written. */
  values: 2_000,
  /** GraphiQL's introspection query is 13 levels deep. */
  depth: 15,
  aliases: 30,
  /** One mutation is one intent; a few side by side are convenient, hundreds are a way around the rate limit. */
  rootFields: 20,
  /** `__schema` or `__type`, and aliases in them. Their lists are no pages, so nothing else counts their length: all once is half a megabyte. */
  introspections: 1,
  /** Fields and fragments, unfolded. graphql-query-complexity gives up with an error of its own at 10,000. */
  nodes: 5_000,
  /** A page of 100 with ten fields each costs about 1,000. */
  cost: 5_000,
} as const;

/** The first limit that a query or its variables are beyond. Throws the syntax error of what does not parse. */
export function beyondLimits(query: string, variables: unknown): Refusal | undefined {
  const text = lex(query);
  const readable = first([
    { what: 'tokens', value: text.tokens, limit: LIMITS.tokens },
    { what: 'nesting', value: text.nesting, limit: LIMITS.nesting },
    { what: 'values in the variables', value: valuesIn(variables), limit: LIMITS.values },
  ]);
  if (readable) return readable;
  const shape = measure(parse(query));
  return first([
    { what: 'depth', value: shape.depth, limit: LIMITS.depth },
    { what: 'root fields', value: shape.roots, limit: LIMITS.rootFields },
    { what: 'introspections', value: shape.introspections, limit: LIMITS.introspections },
    { what: 'aliases', value: shape.aliases, limit: LIMITS.aliases },
    { what: 'nodes', value: shape.nodes, limit: LIMITS.nodes },
  ]);
}

type Measured = { readonly what: string; readonly value: number; readonly limit: number };
function first(measured: readonly Measured[]): Refusal | undefined {
  const beyond = measured.find(({ value, limit }) => value > limit);
  return beyond && refuse(beyond.what, beyond.value, beyond.limit);
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

/** Stops just past a limit. */
function lex(query: string): { tokens: number; nesting: number } {
  const lexer = new Lexer(new Source(query));
  let [tokens, open, nesting] = [0, 0, 0];
  for (let { kind } = lexer.advance(); kind !== TokenKind.EOF && tokens <= LIMITS.tokens; { kind } = lexer.advance()) {
    tokens++;
    if (OPENING.includes(kind)) nesting = Math.max(nesting, ++open);
    if (CLOSING.includes(kind)) open--;
  }
  return { tokens, nesting };
}
const OPENING: readonly string[] = [TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L];
const CLOSING: readonly string[] = [TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R];

function valuesIn(variables: unknown): number {
  const open: unknown[] = [variables];
  let count = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop(), count++)
    if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) open.push(part);
  return count;
}

type Shape = Readonly<Record<'depth' | 'roots' | 'introspections' | 'aliases' | 'nodes', number>>;
const NOTHING: Shape = { depth: 0, roots: 0, introspections: 0, aliases: 0, nodes: 0 };

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
    return {
      depth: below.depth + 1,
      roots: 1,
      introspections: INTROSPECTION.includes(selection.name.value) ? 1 + below.aliases : below.introspections,
      aliases: below.aliases + (selection.alias ? 1 : 0),
      nodes: below.nodes + 1,
    };
  }
  return definitions.map((part) => (part.kind === Kind.OPERATION_DEFINITION ? ofSet(part.selectionSet) : NOTHING)).reduce(beside, NOTHING);
}

const INTROSPECTION: readonly string[] = [SchemaMetaFieldDef.name, TypeMetaFieldDef.name];

const beside = (a: Shape, b: Shape): Shape => ({
  depth: Math.max(a.depth, b.depth),
  roots: a.roots + b.roots,
  introspections: a.introspections + b.introspections,
  aliases: a.aliases + b.aliases,
  nodes: a.nodes + b.nodes,
});

const refuse = (what: string, value: number, limit: number): Refusal => new Refusal(problem('QUERY_TOO_COSTLY', { what, value, limit }));
