/**
 * What may happen is a value; what must not happen is thrown.
 * A function that can be refused returns `Result<T>`; `throw` is for bugs only.
 */
import { about, problem, type Problem } from './problems/problem.js';

export type Ok<T> = { readonly ok: true; readonly value: T };
export type Err<E = Problem> = { readonly ok: false; readonly problem: E };
export type Result<T, E = Problem> = Ok<T> | Err<E>;

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const err = <E = Problem>(problem: E): Err<E> => ({ ok: false, problem });

/** The value of a Result that this caller knows to be Ok; a bug otherwise. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`unexpected problem ${result.problem.code} ${JSON.stringify(result.problem.facts)}`);
}

/** Every field's value, or one INVALID_INPUT with a sub-problem per field: bad input is reported whole, not one field at a time. */
export function allFields<T extends Record<string, Result<unknown>>>(
  fields: T,
): Result<{ [K in keyof T]: T[K] extends Result<infer V> ? V : never }> {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const [field, result] of Object.entries(fields)) {
    if (result.ok) values[field] = result.value;
    else problems.push(about(field, result.problem));
  }
  return problems.length > 0 ? err(problem('INVALID_INPUT', {}, { sub: problems })) : ok(values as never);
}

/** Every item's value, or one INVALID_INPUT with a sub-problem per bad item. */
export function allItems<I, T>(items: readonly I[], parse: (item: I) => Result<T>): Result<T[]> {
  const values: T[] = [];
  const problems: Problem[] = [];
  for (const [index, item] of items.entries()) {
    const result = parse(item);
    if (result.ok) values.push(result.value);
    else problems.push(about(String(index), result.problem));
  }
  return problems.length > 0 ? err(problem('INVALID_INPUT', {}, { sub: problems })) : ok(values);
}
