/**
 * Strict readers for JSON that comes from a socket or a disk: unknown fields, other types and unbounded lengths are refused.
 * `readShape` is the only way in; inside it the readers throw `Malformed`, which never leaves this file.
 */
import { problem } from './problems/problem.js';
import { err, ok, type Result } from './result.js';

/** The value that `read` makes of it, or INVALID_INPUT with the place and the reason in `facts.detail`. Values are never repeated: they may be keys. */
export function readShape<T>(read: () => T): Result<T> {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof Malformed) return err(problem('INVALID_INPUT', { detail: error.message }));
    throw error;
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed('not JSON');
  }
}

/** An object with these fields and no other. */
export function record<K extends string>(value: unknown, where: string, fields: readonly K[]): Record<K, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed(`${where}: not an object`);
  for (const field of Object.keys(value)) {
    if (!(fields as readonly string[]).includes(field)) throw new Malformed(`${where}: has an unknown field`);
  }
  return value as Record<K, unknown>;
}

export function list<T>(value: unknown, where: string, limit: number, item: (value: unknown, where: string) => T): T[] {
  if (!Array.isArray(value)) throw new Malformed(`${where}: not a list`);
  if (value.length > limit) throw new Malformed(`${where}: more than ${limit}`);
  return value.map((entry, index) => item(entry, `${where}[${index}]`));
}

export function text(value: unknown, where: string, maxLength: number): string {
  if (typeof value !== 'string') throw new Malformed(`${where}: not a text`);
  if (value.length > maxLength) throw new Malformed(`${where}: longer than ${maxLength}`);
  return value;
}

export function matching(value: unknown, where: string, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new Malformed(`${where}: not of the form ${pattern.source}`);
  return value;
}

export function oneOf<T extends string>(value: unknown, where: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new Malformed(`${where}: not one of ${allowed.join(', ')}`);
  return found;
}

export function integer(value: unknown, where: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw new Malformed(`${where}: not a whole number from ${min} to ${max}`);
  }
  return value;
}

/** A value that another parser of the house makes of a text, where the text is already in its normal form. */
export function normal<T extends string>(value: unknown, where: string, parse: (text: string) => Result<T>): T {
  const parsed = parse(text(value, where, 1024));
  if (!parsed.ok || parsed.value !== value) throw new Malformed(`${where}: not in normal form`);
  return parsed.value;
}

/** A value that another parser of the house reads. */
export function read<T>(value: unknown, where: string, parse: (value: unknown) => Result<T>): T {
  const parsed = parse(value);
  if (!parsed.ok) throw new Malformed(`${where}: cannot be read`);
  return parsed.value;
}

export function boolean(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') throw new Malformed(`${where}: neither true nor false`);
  return value;
}

/** Makes a value of a part of the JSON; throws `Malformed`. */
export type Read<T> = (value: unknown, where: string) => T;
/** One reader for each field of `T`: a field that is new in the type, and that nobody reads, does not compile. */
export type Readers<T> = { readonly [K in keyof T]-?: Read<T[K]> };

/** An object with those fields and no other. */
export const shape =
  <T extends object>(readers: Readers<T>): Read<T> =>
  (value, where) => {
    const fields = Object.keys(readers) as (keyof T & string)[];
    const found = record(value, where, fields);
    const values = fields.map((field) => [field, readers[field](found[field], `${where}.${field}`)] as const);
    return Object.fromEntries(values.filter(([, part]) => part !== undefined)) as T;
  };

export const optional =
  <T>(reader: Read<T>): Read<T | undefined> =>
  (value, where) =>
    value === undefined ? undefined : reader(value, where);

class Malformed extends Error {}
