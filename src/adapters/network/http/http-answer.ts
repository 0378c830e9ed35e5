/** The answer to a request of Node's HTTP client, bounded in time and size, or the problem that it came to. */
import type http from 'node:http';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { errorCode, timedOut } from '../dialing/connection-problem.js';
import type { Deadline } from '../dialing/deadline.js';
import { urlText } from './http-urls.js';

export type WholeAnswer = { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly body: Uint8Array };

export type AnswerBounds = {
  readonly url: URL;
  /** Who is said not to answer. */
  readonly where: { readonly address: string; readonly port: number };
  /** Of the body. */
  readonly maxBytes: number;
  readonly deadline: Deadline;
};

/** Carries the problem of a connection that was not made through Node's HTTP client. */
export class NotConnected extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

/** CONNECTION_TIMED_OUT, CONNECTION_CLOSED, HTTP_ANSWER_MALFORMED, ANSWER_TOO_LARGE; then its connection is of no more use, and destroyed. */
export function readAnswer(request: http.ClientRequest, bounds: AnswerBounds): Promise<Result<WholeAnswer>> {
  const { url, where, maxBytes, deadline } = bounds;
  return new Promise((resolve) => {
    const settle = (result: Result<WholeAnswer>) => {
      clearTimeout(timer);
      if (!result.ok) request.destroy();
      resolve(result);
    };
    const fail = (cause: Problem) => settle(err(cause));
    const tooLarge = () => fail(problem('ANSWER_TOO_LARGE', { url: urlText(url), limit: maxBytes }));
    // One timer for all of it: an answer that trickles in is no reason to wait longer.
    const timer = setTimeout(() => fail(timedOut(where, deadline.limitMs)), deadline.remainingMs);
    const failed = (error: Error) => fail(exchangeProblem(error, bounds));

    request.on('error', failed);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      if (Number(response.headers['content-length']) > maxBytes) return tooLarge();
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > maxBytes) tooLarge();
        else parts.push(part);
      });
      response.on('error', failed);
      response.on('end', () => settle(ok({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) })));
    });
    // After the answer this changes nothing; before it, the connection went away without an error (an unasked-for upgrade).
    request.on('close', () => failed(new Error('the connection ended without an answer')));
  });
}

function exchangeProblem(error: Error, { url, where }: AnswerBounds): Problem {
  if (error instanceof NotConnected) return error.problem;
  const code = errorCode(error);
  if (code.startsWith('HPE_')) return problem('HTTP_ANSWER_MALFORMED', { url: urlText(url), detail: error.message });
  return problem('CONNECTION_CLOSED', { ...where, detail: code === 'ECONNRESET' ? 'before the whole answer had come' : error.message });
}
