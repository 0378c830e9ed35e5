/** One request and its answer on a connection that is there already. */
import http from 'node:http';
import type net from 'node:net';
import { ok, type Result } from '../../../values/result.js';
import type { Secret } from '../../../values/secret.js';
import type { Deadline } from '../dialing/deadline.js';
import { readAnswer } from './http-answer.js';
import { portOf } from './http-urls.js';

export type HttpAnswer = { readonly status: number; readonly location?: string; readonly body: Uint8Array };

/** What is sent where it is no plain GET. */
export type JsonPost = { readonly json: string; readonly bearer: Secret };

/** GET `url` on `socket`, or POST to it. The caller destroys the socket afterwards, whatever came of it. */
export async function exchange(
  url: URL,
  socket: net.Socket,
  maxBytes: number,
  deadline: Deadline,
  post?: JsonPost,
): Promise<Result<HttpAnswer>> {
  const request = http.request({
    createConnection: () => socket,
    method: post ? 'POST' : 'GET',
    path: url.pathname + url.search,
    // A body is to be read as it is: a compressed one could unpack to any size.
    headers: { host: url.host, 'user-agent': 'hostseal', accept: '*/*', 'accept-encoding': 'identity', ...(post && headersOf(post)) },
  });
  const where = { address: socket.remoteAddress ?? url.hostname, port: portOf(url) };
  const answer = readAnswer(request, { url, where, maxBytes, deadline });
  request.end(post?.json);
  const read = await answer;
  return read.ok ? ok({ status: read.value.status, location: read.value.headers.location, body: read.value.body }) : read;
}

const headersOf = ({ json, bearer }: JsonPost) => ({
  authorization: `Bearer ${bearer.revealText()}`,
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(json),
});
