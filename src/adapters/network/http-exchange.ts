/** One request and its answer on a connection that is there already. */
import http from 'node:http';
import type net from 'node:net';
import { type Problem, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Secret } from '../../values/secret.js';
import { errorCode, timedOut } from './connection-problem.js';
import type { Deadline } from './deadline.js';
import { portOf, urlText } from './http-urls.js';

export type HttpAnswer = { readonly status: number; readonly location?: string; readonly body: Uint8Array };

/** What is sent where it is no plain GET. */
export type JsonPost = { readonly json: string; readonly bearer: Secret };

/** GET `url` on `socket`, or POST to it. The caller destroys the socket afterwards, whatever came of it. */
export function exchange(url: URL, socket: net.Socket, maxBytes: number, deadline: Deadline, post?: JsonPost): Promise<Result<HttpAnswer>> {
  return new Promise((resolve) => {
    const where = { address: socket.remoteAddress ?? url.hostname, port: portOf(url) };
    const settle = (result: Result<HttpAnswer>) => {
      clearTimeout(timer);
      resolve(result);
    };
    const fail = (cause: Problem) => settle(err(cause));
    const tooLarge = () => fail(problem('ANSWER_TOO_LARGE', { url: urlText(url), limit: maxBytes }));
    // One timer for all of it: an answer that trickles in is no reason to wait longer.
    const timer = setTimeout(() => fail(timedOut(where, deadline.limitMs)), deadline.remainingMs);
    const failed = (error: Error) => fail(exchangeProblem(error, url, where));

    const request = http.request({
      createConnection: () => socket,
      method: post ? 'POST' : 'GET',
      path: url.pathname + url.search,
      // A body is to be read as it is: a compressed one could unpack to any size.
      headers: { host: url.host, 'user-agent': 'hostseal', accept: '*/*', 'accept-encoding': 'identity', ...(post && headersOf(post)) },
    });
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
      response.on('end', () =>
        settle(ok({ status: response.statusCode ?? 0, location: response.headers.location, body: Buffer.concat(parts) })),
      );
    });
    // After the answer this changes nothing; before it, the connection went away without an error (an unasked-for upgrade).
    request.on('close', () => failed(new Error('the connection ended without an answer')));
    request.end(post?.json);
  });
}

const headersOf = ({ json, bearer }: JsonPost) => ({
  authorization: `Bearer ${bearer.revealText()}`,
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(json),
});

function exchangeProblem(error: Error, url: URL, where: { address: string; port: number }): Problem {
  const code = errorCode(error);
  if (code.startsWith('HPE_')) return problem('HTTP_ANSWER_MALFORMED', { url: urlText(url), detail: error.message });
  return problem('CONNECTION_CLOSED', { ...where, detail: code === 'ECONNRESET' ? 'before the whole answer had come' : error.message });
}
