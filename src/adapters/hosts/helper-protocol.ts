/**
 * What is said to the helper: HTTP/1.1 with JSON bodies on a unix socket that one user can open, or on a channel of SSH that leads to
 * such a socket. Both sides read strictly; keys travel in it and are never logged. One call per method of the port, and nothing else.
 */
import { integer, list, normal, oneOf, record, text } from '../../values/json-shape.js';
import { PROBLEM_CODES } from '../../values/problems/codes.js';
import { problem, type Fact, type Problem } from '../../values/problems/problem.js';
import { Secret } from '../../values/secret.js';
import { MAX_FILE_BYTES, type HostFile, type HostLink } from './host.js';
import { parseHostPath, type HostPath } from './host-path.js';

/** One file of the largest size in JSON, where a control character takes six octets; the client sends many small ones in parts. */
export const MAX_BODY_BYTES = 6 * MAX_FILE_BYTES + 4096;
/** A few sizes of what is sent at a time; each part waits for its own fsyncs. */
export const PART_BYTES = 1024 * 1024;
const MAX_FILES = 1000;
const MAX_PATHS = 100_000;
const MAX_ARGUMENTS = 8;
/** The configuration of 10,000 foreign sites, as its test lists them. */
const MAX_WORDS = 16 * 1024 * 1024;

export const wirePath = (body: unknown): HostPath => readPath(record(body, 'body', ['path']).path, 'path');

export const writeBody = (files: readonly HostFile[], fence?: number): unknown => ({
  files: files.map(({ path, content, access }) => ({
    path,
    content: typeof content === 'string' ? content : content.revealText(),
    access,
  })),
  fence,
});

export function readWriteBody(body: unknown): { files: readonly HostFile[]; fence: number | undefined } {
  const it = record(body, 'body', ['files', 'fence']);
  const files = list(it.files, 'files', MAX_FILES, (value, where) => {
    const file = record(value, where, ['path', 'content', 'access']);
    return {
      path: readPath(file.path, `${where}.path`),
      content: Secret.of(text(file.content, `${where}.content`, MAX_FILE_BYTES)),
      access: oneOf(file.access, `${where}.access`, ['OWNER', 'WORKERS', 'ALL']),
    };
  });
  return { files, fence: readFence(it.fence) };
}

export function readRemoveBody(body: unknown): { paths: readonly HostPath[]; fence: number | undefined } {
  const it = record(body, 'body', ['paths', 'fence']);
  return { paths: list(it.paths, 'paths', MAX_PATHS, readPath), fence: readFence(it.fence) };
}

export function readPointBody(body: unknown): { link: HostPath; to: HostPath; fence: number | undefined } {
  const it = record(body, 'body', ['link', 'to', 'fence']);
  return { link: readPath(it.link, 'link'), to: readPath(it.to, 'to'), fence: readFence(it.fence) };
}

export function readMoveBody(body: unknown): { links: readonly HostLink[]; fence: number | undefined } {
  const it = record(body, 'body', ['links', 'fence']);
  const links = list(it.links, 'links', MAX_PATHS, (value, where) => {
    const { link, to } = record(value, where, ['link', 'to']);
    return { link: readPath(link, `${where}.link`), ...(to !== undefined && { to: readPath(to, `${where}.to`) }) };
  });
  return { links, fence: readFence(it.fence) };
}

export function readRunBody(body: unknown): { verb: string; args: readonly string[]; fence: number | undefined } {
  const it = record(body, 'body', ['verb', 'args', 'fence']);
  return {
    verb: text(it.verb, 'verb', 100),
    args: list(it.args, 'args', MAX_ARGUMENTS, (value, where) => text(value, where, 4096)),
    fence: readFence(it.fence),
  };
}

export const readContent = (answer: unknown): Secret | undefined => {
  const { content } = record(answer, 'answer', ['content']);
  return content === undefined ? undefined : Secret.of(text(content, 'content', MAX_FILE_BYTES));
};
export const readNames = (answer: unknown): readonly string[] =>
  list(record(answer, 'answer', ['names']).names, 'names', Number.MAX_SAFE_INTEGER, (value, where) => text(value, where, 255));
export const readTarget = (answer: unknown): HostPath | undefined => {
  const { to } = record(answer, 'answer', ['to']);
  return to === undefined ? undefined : readPath(to, 'to');
};
export const readWords = (answer: unknown): string => text(record(answer, 'answer', ['words']).words, 'words', MAX_WORDS);
export const readNothing = (answer: unknown): void => void record(answer, 'answer', []);

/** One level of `sub` is all that a host has to say. */
export function readRefusal(answer: unknown): Problem {
  const { sub = [], ...it } = record(answer, 'problem', ['code', 'facts', 'sub']);
  return { ...readCause(it), sub: list(sub, 'sub', 1000, (part) => readCause(record(part, 'problem', ['code', 'facts', 'sub']))) };
}

function readCause(it: { readonly code: unknown; readonly facts: unknown }): Problem {
  const facts = Object.entries(record(it.facts, 'facts', Object.keys(Object(it.facts))));
  const isFact = (entry: [string, unknown]): entry is [string, Fact] => ['string', 'number', 'boolean'].includes(typeof entry[1]);
  return problem(oneOf(it.code, 'code', PROBLEM_CODES), Object.fromEntries(facts.filter(isFact)));
}

const readPath = (value: unknown, where: string): HostPath => normal(value, where, parseHostPath);
const readFence = (value: unknown): number | undefined =>
  value === undefined ? undefined : integer(value, 'fence', 0, Number.MAX_SAFE_INTEGER);
