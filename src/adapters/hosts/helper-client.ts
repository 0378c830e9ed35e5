/**
 * A host, through its helper: what the port says, in the words of helper-protocol.ts. How they get there is the transport's business:
 * a unix socket of this machine, or a channel of SSH to another one.
 */
import { parseJson, readShape } from '../../values/json-shape.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Secret } from '../../values/secret.js';
import { PART_BYTES, readContent, readNames, readNothing, readRefusal, readTarget, readWords, writeBody } from './helper-protocol.js';
import type { HostPath } from './host-path.js';
import type { Host, HostFile, HostLink } from './host.js';

export type HelperRequest = {
  readonly method: 'POST';
  readonly path: string;
  readonly host: 'helper';
  /** JSON; it may hold keys. */
  readonly body: string;
  readonly maxBytes: number;
};
export type HelperReply = { readonly status: number; readonly text: string };
/** One request and its whole answer. SERVER_UNREACHABLE where there is none in time, and what else the way there has to say. */
export type HelperTransport = (request: HelperRequest) => Promise<Result<HelperReply>>;

export class HelperClient implements Host {
  constructor(private readonly ask: HelperTransport) {}

  read(path: HostPath): Promise<Result<Secret | undefined>> {
    return this.#call('/read', { path }, readContent);
  }

  list(path: HostPath): Promise<Result<readonly string[]>> {
    return this.#call('/list', { path }, readNames);
  }

  target(path: HostPath): Promise<Result<HostPath | undefined>> {
    return this.#call('/target', { path }, readTarget);
  }

  async write(files: readonly HostFile[], fence?: number): Promise<Result<void>> {
    for (const part of inParts(files)) {
      const written = await this.#call('/write', writeBody(part, fence), readNothing);
      if (!written.ok) return written;
    }
    return ok(undefined);
  }

  remove(paths: readonly HostPath[], fence?: number): Promise<Result<void>> {
    return this.#call('/remove', { paths, fence }, readNothing);
  }

  point(link: HostPath, to: HostPath, fence?: number): Promise<Result<void>> {
    return this.#call('/point', { link, to, fence }, readNothing);
  }

  putAside(paths: readonly HostPath[], fence?: number): Promise<Result<void>> {
    return this.#call('/put-aside', { paths, fence }, readNothing);
  }

  async move(links: readonly HostLink[], fence?: number): Promise<Result<void>> {
    for (let start = 0; start === 0 || start < links.length; start += LINKS_IN_A_PART) {
      const moved = await this.#call('/move', { links: links.slice(start, start + LINKS_IN_A_PART), fence }, readNothing);
      if (!moved.ok) return moved;
    }
    return ok(undefined);
  }

  run(verb: string, args: readonly string[], fence?: number): Promise<Result<string>> {
    return this.#call('/run', { verb, args, fence }, readWords);
  }

  async #call<T>(path: string, body: unknown, read: (answer: unknown) => T): Promise<Result<T>> {
    const reply = await this.ask({ method: 'POST', path, host: 'helper', body: JSON.stringify(body), maxBytes: MAX_ANSWER_BYTES });
    if (!reply.ok) return reply;
    const { status, text } = reply.value;
    const outcome = readShape((): Result<T> => {
      const answer = parseJson(text);
      return status === 200 ? ok(read(answer)) : err(readRefusal(answer));
    });
    return outcome.ok ? outcome.value : helperUnreachable(`makes no sense (${String(outcome.problem.facts['detail'])})`);
  }
}

export const helperUnreachable = (detail: string): Result<never> => err(problem('SERVER_UNREACHABLE', { detail: `its helper ${detail}` }));

/** Below what the helper takes at a time; a single larger file is a part of its own. */
function* inParts(files: readonly HostFile[]): Iterable<readonly HostFile[]> {
  let part: HostFile[] = [];
  let bytes = 0;
  for (const file of files) {
    const size = typeof file.content === 'string' ? file.content.length : file.content.reveal().length;
    if (part.length > 0 && (bytes + size > PART_BYTES || part.length === FILES_IN_A_PART)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(file);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

const FILES_IN_A_PART = 500;
const LINKS_IN_A_PART = 10_000;
/** Larger than any answer of a verb. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Why there is no answer, from the error of the request. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'does not answer in time';
  return 'code' in error ? `cannot be reached (${String(error.code)})` : error.message;
}
