/** Short answers in plain text, the same over HTTP/1.1 and HTTP/2. They are for people who look at a browser or at curl. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, Http2ServerResponse, type Http2ServerRequest } from 'node:http2';

export type EdgeRequest = IncomingMessage | Http2ServerRequest;
export type EdgeResponse = ServerResponse | Http2ServerResponse;

export function answer(response: EdgeResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  const body = Buffer.from(text);
  const all = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(body.length),
    'x-content-type-options': 'nosniff',
    ...headers,
  };
  if (response instanceof Http2ServerResponse) {
    response.writeHead(status, all);
    response.end(body);
  } else {
    response.writeHead(status, all);
    response.end(body);
  }
}

/** For a request that could be understood in two ways. What comes after it on the connection would be as doubtful, so it ends. */
export function refuseUnread(response: EdgeResponse): void {
  answer(response, 400, 'This request cannot be read.\n', response instanceof Http2ServerResponse ? {} : { connection: 'close' });
}

/** Ends an answer that cannot be completed so that the client notices: half a body must not look like a whole one. */
export function abort(response: EdgeResponse): void {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}
