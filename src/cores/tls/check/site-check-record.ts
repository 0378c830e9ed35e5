/**
 * Full checks as JSON, the way they are stored. What is read back is checked whole: a row that an older version, a hand or a fault
 * wrote is refused, never half believed. DER is in base64.
 */
import { parseHostname } from '../../../values/hostname.js';
import { instant, type Instant } from '../../../values/instant.js';
import { parseIpAddress } from '../../../values/ip-address.js';
import { boolean, integer, list, normal, oneOf, optional, read, readShape, shape, text, type Read } from '../../../values/json-shape.js';
import { keepable, problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { fromRecord as observationFrom, readProblem, toRecord as observationTo } from '../observation-record.js';
import type { Observation } from '../observation.js';
import {
  TOLERANCES,
  type AddressCheck,
  type HttpAnswer,
  type HttpFacts,
  type NamelessAnswer,
  type ShownCertificate,
  type SiteCheck,
  type Suites,
  type VersionSupport,
} from './site-check.js';

/** Strangers' texts as a database takes them. */
export function toRecord({ addresses, ...check }: SiteCheck): unknown {
  if (!addresses.ok) return asJson({ ...check, addresses });
  const records = addresses.value.map(({ baseline, handshakes, ...facts }) => ({
    ...facts,
    baseline: observationTo(baseline),
    handshakes: handshakes.map(observationTo),
  }));
  return asJson({ ...check, addresses: ok(records) });
}

/** INVALID_INPUT for whatever `toRecord` could not have written. */
export const fromRecord = (record: unknown): Result<SiteCheck> => readShape(() => readCheck(record, 'check'));

function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'string') return keepable(value);
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([field, part]) => (part === undefined ? [] : [[field, asJson(part)]])));
}

/** More of anything was not written by us: the check itself has budgets below. */
const MAX_LIST = 1_000;
const MAX_TEXT = 16_384;
/** Base64 of a chain's part; OpenSSL stops at 100 KiB of certificates. */
const MAX_DER = 262_144;

const words: Read<string> = (value, where) => text(value, where, MAX_TEXT);
const whole: Read<number> = (value, where) => integer(value, where, 0, Number.MAX_SAFE_INTEGER);
const at: Read<Instant> = (value, where) => instant(integer(value, where, -8.64e15, 8.64e15));
const port: Read<number> = (value, where) => integer(value, where, 1, 65_535);
const version: Read<number> = (value, where) => integer(value, where, 0, 0xffff);
const ip: Read<AddressCheck['address']> = (value, where) => normal(value, where, parseIpAddress);
const der: Read<Uint8Array> = (value, where) => new Uint8Array(Buffer.from(text(value, where, MAX_DER), 'base64'));
const many =
  <T>(item: Read<T>): Read<readonly T[]> =>
  (value, where) =>
    list(value, where, MAX_LIST, item);
const one =
  <T extends string>(...allowed: readonly T[]): Read<T> =>
  (value, where) =>
    oneOf(value, where, allowed);
const milliseconds: Read<number> = (value, where) =>
  read(value, where, (each) => (typeof each === 'number' && each >= 0 && Number.isFinite(each) ? ok(each) : refused));
const problemOf: Read<Problem> = (value, where) =>
  read(value, where, (each) => {
    const found = readProblem(each);
    return found ? ok(found) : refused;
  });
const refused = err(problem('INVALID_INPUT'));
const yes: Read<true> = (value, where) => read(value, where, (each) => (each === true ? ok(each) : refused));
const observation: Read<Observation> = (value, where) => read(value, where, observationFrom);

const isOk = (value: unknown): boolean => typeof value === 'object' && value !== null && 'ok' in value && value.ok === true;
/** "Could not be found out" is an answer, too. */
const found = <T>(value: Read<T>): Read<Result<T>> => {
  const known = shape<{ ok: boolean; value: T }>({ ok: boolean, value } as never);
  const unknown = shape<{ ok: boolean; problem: Problem }>({ ok: boolean, problem: problemOf });
  return (part, where) => (isOk(part) ? ok(known(part, where).value) : err(unknown(part, where).problem));
};
const answer = optional(found(boolean));
const names = found(many(words));

const readSuites = shape<Suites>({
  names: many(words),
  preference: one('SERVER', 'CLIENT', 'ONLY_ONE'),
  finiteFieldBits: optional(whole),
});
const readVersion = shape<VersionSupport>({ version, supported: found(boolean), suites: optional(found(readSuites)) });
const readCertificate = shape<ShownCertificate>({
  chain: many(der),
  versions: many(version),
  staple: optional(der),
  timestamps: optional(der),
});
const certificateAnswer = shape<NamelessAnswer & { kind: 'CERTIFICATE' }>({ kind: one('CERTIFICATE'), chain: many(der) });
const refusalAnswer = shape<NamelessAnswer & { kind: 'REFUSED' }>({ kind: one('REFUSED'), alert: words });
const nameless: Read<NamelessAnswer> = (value, where) =>
  typeof value === 'object' && value !== null && 'alert' in value ? refusalAnswer(value, where) : certificateAnswer(value, where);
const readAnswer = shape<HttpAnswer>({
  status: whole,
  location: optional(words),
  hsts: many(words),
  date: optional(at),
  receivedAt: at,
  server: optional(words),
});
const tolerates: Read<AddressCheck['tolerates']> = shape<AddressCheck['tolerates']>(
  Object.fromEntries(TOLERANCES.map((each) => [each, answer])) as never,
);

const readAddress = shape<AddressCheck>({
  address: ip,
  port,
  brief: optional(yes),
  baseline: observation,
  nameLeftOut: optional(yes),
  handshakes: many(observation),
  versions: many(readVersion),
  groups: optional(names),
  signatureAlgorithms: optional(many(shape<{ version: number; names: Result<readonly string[]> }>({ version, names }))),
  certificates: many(readCertificate),
  withoutName: optional(found(nameless)),
  wrongName: optional(found(nameless)),
  alpn: optional(names),
  resumption: shape<AddressCheck['resumption']>({ sessionId: answer, ticket: answer, psk: answer }),
  earlyData: answer,
  extendedMasterSecret: answer,
  encryptThenMac: answer,
  secureRenegotiation: answer,
  fallbackScsv: answer,
  compression: answer,
  clientCertificate: optional(found(one('NOT_ASKED', 'OPTIONAL', 'REQUIRED'))),
  tolerates,
  http: optional(shape<HttpFacts>({ overTls: optional(found(readAnswer)), plain: optional(found(readAnswer)) })),
  connections: whole,
});

const readCheck = shape<SiteCheck>({
  name: optional((value, where) => normal(value, where, parseHostname)),
  port,
  startTls: optional(one('smtp', 'imap', 'pop3')),
  at,
  tookMs: milliseconds,
  addresses: found(many(readAddress)),
  leftOut: many(ip),
  connections: shape<SiteCheck['connections']>({ used: whole, budget: whole }),
});
