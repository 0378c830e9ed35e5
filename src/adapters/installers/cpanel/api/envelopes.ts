/**
 * What an answer of cPanel's three APIs says: `data`, or a refusal in its own words. Undefined for what is no such answer: then nobody
 * knows what was done. Pure.
 */
import { err, ok, type Result } from '../../../../values/result.js';

/** Of a stranger: one line, without control characters, keys and certificates. */
export type Reason = string;
export type Said = Result<unknown, Reason>;

/** https://api.docs.cpanel.net/whm/introduction/: `{data, metadata: {result, reason}}`. */
export function readWhm(answer: unknown): Said | undefined {
  const { data, metadata } = fieldsOf(answer);
  const { result, reason } = fieldsOf(metadata);
  if (isOne(result)) return ok(data);
  return isZero(result) ? err(reasonOf(reason)) : undefined;
}

/** `{status, data, errors}`, as servers send it, or `{result: {status, data, errors}}`, as the description has it. */
export function readUapi(answer: unknown): Said | undefined {
  const outer = fieldsOf(answer);
  const { status, data, errors } = 'status' in outer ? outer : fieldsOf(outer['result']);
  if (isOne(status)) return ok(data);
  return isZero(status) ? err(reasonOf(listOf(errors)[0])) : undefined;
}

/** `uapi_cpanel`: UAPI's answer inside WHM's. */
export function readUapiThroughWhm(answer: unknown): Said | undefined {
  const outer = readWhm(answer);
  return outer?.ok ? readUapi(fieldsOf(outer.value)['uapi']) : outer;
}

/** `{cpanelresult: {data, event: {result}, error?}}`. */
export function readApi2(answer: unknown): Said | undefined {
  const { data, event, error } = fieldsOf(fieldsOf(answer)['cpanelresult']);
  if (typeof error === 'string' && error !== '') return err(reasonOf(error));
  const { result } = fieldsOf(event);
  if (isZero(result)) return err(reasonOf(undefined));
  // A call for several files says of each whether it was done.
  const undone = listOf(data)
    .map(fieldsOf)
    .find((each) => isZero(each['result']));
  if (undone) return err(reasonOf(undone['err']));
  return isOne(result) ? ok(data) : undefined;
}

export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Numbers arrive as texts here and there. */
const isOne = (value: unknown): boolean => value === 1 || value === '1';
const isZero = (value: unknown): boolean => value === 0 || value === '0';

const PEM = /-----BEGIN[^]*?(-----END[^-]*-----|$)/g;
const reasonOf = (value: unknown): Reason =>
  textOf(value).replace(PEM, '[PEM]').replace(/\s+/g, ' ').replace(/\p{C}/gu, '\u{FFFD}').trim().slice(0, 300) || 'no reason given';
