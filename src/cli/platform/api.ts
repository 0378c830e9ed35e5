/**
 * Calls of the GraphQL API: over TLS that is always verified, one connection each, the token in no other place than the header.
 * What an answer looks like is what its document asks for; the platform refuses a document that does not fit its schema.
 */
import { Deadline } from '../../adapters/network/dialing/deadline.js';
import { exchange, type HttpAnswer, type JsonPost } from '../../adapters/network/http/http-exchange.js';
import { makeHttpTransport } from '../../adapters/network/http/http-transport.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { EXIT, type ExitCode, type Failure } from '../exit-codes.js';
import { harmless } from '../terminal.js';
import { told, type ToldProblem } from '../told-problem.js';
import type { Platform } from './find-platform.js';

export interface Api {
  /** A query; `T` is the shape of `data`. */
  ask<T>(document: string, variables?: Readonly<Record<string, unknown>>): Promise<Result<T, Failure>>;
  /** The mutation of the document, which is its only field; `T` is the shape of its success. */
  change<T>(document: string, variables: Readonly<Record<string, unknown>>): Promise<Result<T, Failure>>;
  /** Is it ready to serve? What `/health/ready` answers. */
  ready(): Promise<Result<void, Failure>>;
}

/** The API answers within a second; longer than this is a platform that does not work. */
const ANSWER_MS = 15_000;
/** A page of sites with everything about them is about 100 KiB. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export function makeApi({ url, token, roots, dialer }: Platform): Api {
  const transport = makeHttpTransport(dialer, roots);

  const call = async (target: URL, post?: JsonPost): Promise<Result<HttpAnswer, Failure>> => {
    const deadline = new Deadline(ANSWER_MS);
    const socket = await transport.open(target, deadline);
    if (!socket.ok) return outOfReach(url, 'no connection', socket.problem);
    try {
      const answer = await exchange(target, socket.value, MAX_ANSWER_BYTES, deadline, post);
      return answer.ok ? answer : outOfReach(url, 'no answer', answer.problem);
    } finally {
      socket.value.destroy();
    }
  };

  const ask = async <T>(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Result<T, Failure>> => {
    const answer = await call(url, { json: JSON.stringify({ query, variables }), bearer: token });
    return answer.ok ? dataOf<T>(answer.value, url) : answer;
  };

  return {
    ask,
    async change<T>(document: string, variables: Readonly<Record<string, unknown>>) {
      const answer = await ask<Record<string, Outcome>>(document, variables);
      if (!answer.ok) return answer;
      const { __typename: type, ...outcome } = Object.values(answer.value)[0]!;
      return type.endsWith('Success') ? ok(outcome as T) : refused(EXIT_OF_TYPE[type] ?? EXIT.FAILED, outcome as unknown as ToldProblem);
    },
    async ready() {
      const answer = await call(new URL('/health/ready', url));
      if (!answer.ok) return answer;
      return answer.value.status === 200 ? ok(undefined) : notServing(answer.value, url);
    },
  };
}

type Outcome = { readonly __typename: string };
const EXIT_OF_TYPE: Readonly<Record<string, ExitCode>> = { InvalidInput: EXIT.USAGE, NotAllowed: EXIT.NOT_ALLOWED };
const NOT_ALLOWED: readonly string[] = ['UNAUTHENTICATED', 'NOT_ALLOWED'];

type GraphqlError = { readonly message: string; readonly extensions?: Partial<ToldProblem> };
type Body = { readonly data?: unknown; readonly errors?: readonly GraphqlError[] };

export function dataOf<T>({ status, body }: HttpAnswer, url: URL): Result<T, Failure> {
  const parsed = parseBody(body);
  const [error] = parsed?.errors ?? [];
  if (error) return refusedWith(error);
  if (parsed?.data) return ok(parsed.data as T);
  return notServing({ status, body }, url);
}

function parseBody(body: Uint8Array): Body | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'), (_, part: unknown) =>
      typeof part === 'string' ? harmless(part) : part,
    );
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function refusedWith({ message, extensions = {} }: GraphqlError): Result<never, Failure> {
  const { code = 'INTERNAL', remedy = 'Is the platform of the same version as this command?', whoActs = 'CALLER', ...more } = extensions;
  return refused(NOT_ALLOWED.includes(code) ? EXIT.NOT_ALLOWED : EXIT.FAILED, { ...more, code, message, remedy, whoActs });
}

/** Something is there that is not our API, or the edge without it (502), or the API without its database (503). */
function notServing({ status, body }: Pick<HttpAnswer, 'status' | 'body'>, url: URL): Result<never, Failure> {
  const words = harmless(Buffer.from(body.subarray(0, SHOWN_BYTES)).toString('utf8'))
    .trim()
    .replace(/\.$/, '');
  return outOfReach(url, `it answered with status ${status} and ${words === '' ? 'no words' : `"${words}"`}`);
}

/** Of an answer that is none of ours: a sentence. */
const SHOWN_BYTES = 120;

const refused = (exitCode: ExitCode, cause: ToldProblem) => err<Failure>({ exitCode, problem: cause });
const outOfReach = (url: URL, detail: string, ...sub: readonly Problem[]) =>
  refused(EXIT.OUT_OF_REACH, told(problem('PLATFORM_UNREACHABLE', { url: url.origin, detail }, { sub })));
