/**
 * Observations as JSON, the way they are stored. What is read back is checked whole: a row that an older version, a hand or
 * a fault wrote is refused, never half believed.
 */
import { parseHostname } from '../../values/hostname.js';
import { instant } from '../../values/instant.js';
import { parseIpAddress } from '../../values/ip-address.js';
import { PROBLEM_CODES } from '../../values/problems/codes.js';
import { type Problem, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { KEY_FAMILIES } from '../pki/encoding/key-algorithm.js';
import type { StartTls } from './starttls/start-tls.js';
import { HANDSHAKE_STEPS, type HandshakeTarget, type Observation, type ObservedStep, type Session } from './observation.js';

/** The same shape, with the chain's DER in base64. */
export type ObservationRecord = Omit<Observation, 'session'> & {
  readonly session?: Omit<Session, 'chain'> & { readonly chain: readonly string[] };
};

export function toRecord({ session, ...observation }: Observation): ObservationRecord {
  if (session === undefined) return observation;
  return { ...observation, session: { ...session, chain: session.chain.map((der) => Buffer.from(der).toString('base64')) } };
}

/** INVALID_INPUT, with the part that is wrong as `subject`, for whatever `toRecord` could not have written. */
export function fromRecord(record: unknown): Result<Observation> {
  const observation = fields(record, ['at', 'target', 'steps'], ['session', 'failure']);
  if (observation === undefined) return refuse('observation');
  const target = readTarget(observation.target);
  if (target === undefined) return refuse('target');
  const steps = readSteps(observation.steps);
  if (steps === undefined) return refuse('steps');
  if (!Number.isSafeInteger(observation.at)) return refuse('at');
  const seen = { at: instant(observation.at as number), target, steps };
  if ((observation.session === undefined) === (observation.failure === undefined)) return refuse('session');
  if (observation.session !== undefined) {
    const session = readSession(observation.session);
    return session === undefined ? refuse('session') : ok({ ...seen, session });
  }
  const failure = readProblem(observation.failure);
  return failure === undefined ? refuse('failure') : ok({ ...seen, failure });
}

const refuse = (part: string) => err(problem('INVALID_INPUT', {}, { subject: part }));

/** A longer list or text was not written by us: OpenSSL stops at 100 KiB of certificates. */
const MAX_LIST = 1_000;
const MAX_TEXT = 1_000;
const MAX_DEPTH = 3;
const START_TLS: readonly StartTls[] = ['smtp', 'imap', 'pop3'];
const BASE64 = /^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

type Fields = Readonly<Record<string, unknown>>;

/** An object with all of `required`, perhaps some of `optional`, and nothing else. */
function fields(value: unknown, required: readonly string[], optional: readonly string[] = []): Fields | undefined {
  if (!isObject(value)) return undefined;
  const keys = Object.keys(value);
  const known = keys.every((key) => required.includes(key) || optional.includes(key));
  return known && required.every((key) => keys.includes(key)) ? value : undefined;
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;
const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isFlagOrAbsent = (value: unknown): value is boolean | undefined => value === undefined || typeof value === 'boolean';
const isTextOrAbsent = (value: unknown): value is string | undefined => value === undefined || isText(value);

/** Every item read, or undefined where one cannot be. */
function list<T>(value: unknown, most: number, read: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined;
  const items = value.map(read).filter((item) => item !== undefined);
  return items.length === value.length ? items : undefined;
}

function readTarget(value: unknown): HandshakeTarget | undefined {
  const target = fields(value, ['address', 'port'], ['socketPath', 'servername', 'startTls', 'keyFamily']);
  if (!target || !isText(target.address) || !isTextOrAbsent(target.socketPath) || !isTextOrAbsent(target.servername)) return undefined;
  const { port, socketPath, servername } = target;
  const address = parseIpAddress(target.address);
  if (!address.ok || !isNumber(port) || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const startTls = START_TLS.find((known) => known === target.startTls);
  const keyFamily = KEY_FAMILIES.find((known) => known === target.keyFamily);
  if (startTls !== target.startTls || keyFamily !== target.keyFamily) return undefined;
  const how = { ...(socketPath !== undefined && { socketPath }), ...(startTls && { startTls }), ...(keyFamily && { keyFamily }) };
  if (servername === undefined) return { address: address.value, port, ...how };
  const name = parseHostname(servername);
  return name.ok ? { address: address.value, port, ...how, servername: name.value } : undefined;
}

/** The first steps of the five, in their order. */
function readSteps(value: unknown): ObservedStep[] | undefined {
  const steps = list(value, HANDSHAKE_STEPS.length, (item) => {
    const step = fields(item, ['step', 'afterMs', 'detail'], ['sent', 'answered']);
    const name = HANDSHAKE_STEPS.find((known) => known === step?.step);
    if (!step || !name || !isText(step.detail) || !isNumber(step.afterMs) || step.afterMs < 0) return undefined;
    const { sent, answered } = step;
    if (!isTextOrAbsent(sent) || !isTextOrAbsent(answered)) return undefined;
    return {
      ...{ step: name, afterMs: step.afterMs, detail: step.detail },
      ...(sent !== undefined && { sent }),
      ...(answered !== undefined && { answered }),
    };
  });
  return steps?.every(({ step }, i) => step === HANDSHAKE_STEPS[i]) ? steps : undefined;
}

function readSession(value: unknown): Session | undefined {
  const session = fields(value, ['protocol', 'cipherSuite', 'chain'], ['group', 'alpn', 'roundTrips', 'forwardSecrecy', 'postQuantum']);
  if (!session || !isText(session.protocol) || !isText(session.cipherSuite)) return undefined;
  const { protocol, cipherSuite, group, alpn, roundTrips, forwardSecrecy, postQuantum } = session;
  if (!isTextOrAbsent(group) || !isTextOrAbsent(alpn) || !isFlagOrAbsent(forwardSecrecy) || !isFlagOrAbsent(postQuantum)) return undefined;
  if (roundTrips !== undefined && !isNumber(roundTrips)) return undefined;
  const chain = list(session.chain, MAX_LIST, (item) =>
    typeof item === 'string' && BASE64.test(item) ? new Uint8Array(Buffer.from(item, 'base64')) : undefined,
  );
  if (chain === undefined) return undefined;
  const optional = { group, alpn, roundTrips, forwardSecrecy, postQuantum };
  const present = Object.fromEntries(Object.entries(optional).filter(([, part]) => part !== undefined));
  return { protocol, cipherSuite, ...present, chain };
}

/** Undefined for what is none. */
export function readProblem(value: unknown, depth = 0): Problem | undefined {
  const found = fields(value, ['code', 'facts', 'sub'], ['subject', 'retryAfter']);
  const code = PROBLEM_CODES.find((known) => known === found?.code);
  if (!found || !code || depth > MAX_DEPTH) return undefined;
  const { facts, subject, retryAfter } = found;
  const sub = list(found.sub, MAX_LIST, (item) => readProblem(item, depth + 1));
  if (!areFacts(facts) || !sub || !isTextOrAbsent(subject) || !(retryAfter === undefined || isNumber(retryAfter))) return undefined;
  return problem(code, facts, { ...(subject !== undefined && { subject }), ...(retryAfter !== undefined && { retryAfter }), sub });
}

const areFacts = (value: unknown): value is Problem['facts'] =>
  isObject(value) && Object.values(value).every((fact) => isText(fact) || isNumber(fact) || typeof fact === 'boolean');
