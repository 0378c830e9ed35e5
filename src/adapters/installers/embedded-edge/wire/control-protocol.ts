/**
 * What is said over the control socket: HTTP/1.1 with JSON bodies, on a unix socket that only the service's own user can open.
 * Both sides read strictly. Keys travel in it, once each, and are never logged; a certificate that many bindings share is sent once.
 */
import { parseHostname, type Hostname } from '../../../../values/hostname.js';
import { parseIpAddress, type IpAddress } from '../../../../values/ip-address.js';
import { PROBLEM_CODES } from '../../../../values/problems/codes.js';
import { problem, type Fact, type Problem } from '../../../../values/problems/problem.js';
import { Secret } from '../../../../values/secret.js';
import type { BindingKey, CertificateFiles, Change, Generation, Inventory, Route } from '../../installer.js';
import { integer, list, matching, normal, oneOf, record, text } from '../../../../values/json-shape.js';
import { FINGERPRINT, MAX_CERTIFICATES_PER_BINDING, readBindingKey, ROUTES } from './stored-binding.js';

/** Larger than a change of 2,000 sites; a caller with more stages it in parts. Smaller would split an ordinary window of changes. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MAX_BINDINGS = 10_000;
const MAX_CHAIN_LENGTH = 65_536;
/** RSA 8192 in PKCS #8 PEM is about 6,400 characters. */
const MAX_KEY_LENGTH = 16_384;

export type StagedChange = {
  readonly certificates: readonly CertificateFiles[];
  readonly put: readonly { readonly key: BindingKey; readonly fingerprints: readonly string[]; readonly route: Route }[];
  readonly remove: readonly BindingKey[];
};
export type EdgeListenerState = { readonly role: 'http' | 'https'; readonly address: IpAddress; readonly port: number };
export type EdgeState = {
  readonly pid: number;
  /** Of Hostseal, so that an edge of an older one can be told apart and replaced. */
  readonly version: string;
  readonly tlsLibrary: string;
  readonly generation: Generation;
  readonly listeners: readonly EdgeListenerState[];
  readonly uptimeSeconds: number;
  /** Certificates on disk that cannot be served, and why; their sites alone are without them. */
  readonly broken: readonly { readonly fingerprint: string; readonly detail: string }[];
  /** Files of bindings that could not be read at the start: what they held is not served until it is staged again. */
  readonly damagedShards: readonly string[];
};
export type ChallengeFile = { readonly name: Hostname; readonly path: string };

export const CHALLENGE_PATH = /^\/\.well-known\/[a-z-]+\/[A-Za-z0-9_-]{1,128}$/;
/** A key authorization is below 200 octets (RFC 8555 8.1); CAs' own files are not much longer. */
export const MAX_CHALLENGE_BODY = 4096;

export function stageBody(change: Change, fence: number): unknown {
  const certificates = new Map<string, CertificateFiles>();
  for (const binding of change.put) for (const each of binding.certificates) certificates.set(each.fingerprint, each);
  return {
    fence,
    certificates: [...certificates.values()].map(({ fingerprint, chain, key }) => ({ fingerprint, chain, key: key.revealText() })),
    put: change.put.map(({ key, certificates: pair, route }) => ({ key, fingerprints: pair.map(({ fingerprint }) => fingerprint), route })),
    remove: change.remove,
  };
}

export function readStageBody(body: unknown): { change: StagedChange; fence: number } {
  const it = record(body, 'body', ['fence', 'certificates', 'put', 'remove']);
  return {
    fence: readFence(it.fence),
    change: {
      certificates: list(it.certificates, 'certificates', MAX_BINDINGS, (value, where) => {
        const files = record(value, where, ['fingerprint', 'chain', 'key']);
        return {
          fingerprint: matching(files.fingerprint, `${where}.fingerprint`, FINGERPRINT),
          chain: text(files.chain, `${where}.chain`, MAX_CHAIN_LENGTH),
          key: Secret.of(text(files.key, `${where}.key`, MAX_KEY_LENGTH)),
        };
      }),
      put: list(it.put, 'put', MAX_BINDINGS, (value, where) => {
        const put = record(value, where, ['key', 'fingerprints', 'route']);
        return {
          key: readBindingKey(put.key, `${where}.key`),
          fingerprints: list(put.fingerprints, `${where}.fingerprints`, MAX_CERTIFICATES_PER_BINDING, readFingerprint),
          route: oneOf(put.route, `${where}.route`, ROUTES),
        };
      }),
      remove: list(it.remove, 'remove', MAX_BINDINGS, readBindingKey),
    },
  };
}

export const readInventoryBody = (body: unknown): readonly BindingKey[] =>
  list(record(body, 'body', ['keys']).keys, 'keys', MAX_BINDINGS, readBindingKey);
export const readFenceBody = (body: unknown): number => readFence(record(body, 'body', ['fence']).fence);
export const readTestBody = (body: unknown): number => integer(record(body, 'body', ['now']).now, 'now', 0, Number.MAX_SAFE_INTEGER);

export function readChallengeFile(body: unknown): ChallengeFile {
  const it = record(body, 'body', ['name', 'path']);
  return { name: normal(it.name, 'name', parseHostname), path: matching(it.path, 'path', CHALLENGE_PATH) };
}

export function readChallengeBody(body: unknown): ChallengeFile & { readonly body: string } {
  const { body: content, ...file } = record(body, 'body', ['name', 'path', 'body']);
  return { ...readChallengeFile(file), body: text(content, 'body.body', MAX_CHALLENGE_BODY) };
}

export const readGenerationBody = (body: unknown): Generation =>
  integer(record(body, 'body', ['generation']).generation, 'generation', 0, Number.MAX_SAFE_INTEGER);
export const readRehearsalBody = (body: unknown): { socketPath: string } => ({
  socketPath: text(record(body, 'body', ['socketPath']).socketPath, 'socketPath', 4096),
});

export function readInventory(body: unknown): Inventory {
  const it = record(body, 'body', ['generation', 'bindings']);
  return {
    generation: integer(it.generation, 'generation', 0, Number.MAX_SAFE_INTEGER),
    bindings: list(it.bindings, 'bindings', Number.MAX_SAFE_INTEGER, (value, where) => {
      const binding = record(value, where, ['key', 'fingerprints']);
      return {
        key: readBindingKey(binding.key, `${where}.key`),
        fingerprints: list(binding.fingerprints, `${where}.fingerprints`, MAX_CERTIFICATES_PER_BINDING, readFingerprint),
      };
    }),
  };
}

export function readState(body: unknown): EdgeState {
  const it = record(body, 'body', ['pid', 'version', 'tlsLibrary', 'generation', 'listeners', 'uptimeSeconds', 'broken', 'damagedShards']);
  return {
    pid: integer(it.pid, 'pid', 1, Number.MAX_SAFE_INTEGER),
    version: text(it.version, 'version', 100),
    tlsLibrary: text(it.tlsLibrary, 'tlsLibrary', 100),
    generation: integer(it.generation, 'generation', 0, Number.MAX_SAFE_INTEGER),
    uptimeSeconds: integer(it.uptimeSeconds, 'uptimeSeconds', 0, Number.MAX_SAFE_INTEGER),
    listeners: list(it.listeners, 'listeners', 10_000, (value, where) => {
      const listener = record(value, where, ['role', 'address', 'port']);
      return {
        role: oneOf(listener.role, `${where}.role`, ['http', 'https']),
        address: normal(listener.address, `${where}.address`, parseIpAddress),
        port: integer(listener.port, `${where}.port`, 1, 65_535),
      };
    }),
    broken: list(it.broken, 'broken', Number.MAX_SAFE_INTEGER, (value, where) => {
      const entry = record(value, where, ['fingerprint', 'detail']);
      return { fingerprint: readFingerprint(entry.fingerprint, where), detail: text(entry.detail, where, 1000) };
    }),
    damagedShards: list(it.damagedShards, 'damagedShards', 256, (value, where) => text(value, where, 100)),
  };
}

/** A refusal, in the words of the house: a Problem. The edge does not know what the panel calls it: `server` is added here. */
export function readRefusal(body: unknown, server: string): Problem {
  const { sub } = Object(body) as { sub?: unknown };
  return { ...readCause(body, server), sub: list(sub, 'sub', MAX_BINDINGS, (part) => readCause(part, server)) };
}

/** Without what is below it: one level is all that the edge has to say. */
function readCause(body: unknown, server: string): Problem {
  const it = record(body, 'problem', ['code', 'facts', 'subject', 'sub']);
  const facts = Object.entries(record(it.facts, 'facts', Object.keys(Object(it.facts))));
  const isFact = (entry: [string, unknown]): entry is [string, Fact] => ['string', 'number', 'boolean'].includes(typeof entry[1]);
  const subject = it.subject === undefined ? {} : { subject: text(it.subject, 'subject', 1024) };
  return problem(oneOf(it.code, 'code', PROBLEM_CODES), { ...Object.fromEntries(facts.filter(isFact)), server }, subject);
}

const readFence = (value: unknown): number => integer(value, 'fence', 0, Number.MAX_SAFE_INTEGER);
const readFingerprint = (value: unknown, where: string): string => matching(value, where, FINGERPRINT);
