/** Requests for the panel go to the API on its unix socket, streaming both ways. Limits on bodies are the API's. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { endToEnd, toPanel, type Client } from './forwarded-headers.js';
import { abort, answer, type EdgeRequest, type EdgeResponse } from './plain-answer.js';

/** Milliseconds without a byte from the API. Its longest answers are far shorter; streams of events send a comment every few seconds. */
const SILENCE_TIMEOUT = 60_000;

export function proxyToPanel(socketPath: string, request: EdgeRequest, response: EdgeResponse, client: Client): void {
  const upstream = httpRequest({
    socketPath,
    // No connection is used twice: a request that met a dying one could not be repeated safely, and a unix socket costs nothing.
    // The API is not told so: one that answers before it has read the body would close, and its answer be lost in the EPIPE.
    agent: false,
    method: request.method,
    path: request.url,
    headers: { ...toPanel(request.headers, client), ...framing(request), connection: 'keep-alive' },
    timeout: SILENCE_TIMEOUT,
  });
  upstream.on('response', (incoming) => passOn(incoming, response));
  upstream.on('timeout', () => upstream.destroy(new Error('timeout')));
  upstream.on('error', (error) => {
    request.unpipe(upstream);
    if (response.headersSent) return;
    if (error.message === 'timeout') answer(response, 504, 'The panel takes too long to answer.\n');
    else answer(response, 502, 'The panel is not running at the moment. Try again in a few seconds.\n');
  });
  // Also when the client went away before the end.
  response.on('close', () => upstream.destroy());
  // The API may answer before the body comes, a refusal for one.
  upstream.flushHeaders();
  request.pipe(upstream);
}

function passOn(incoming: IncomingMessage, response: EdgeResponse): void {
  if (response.destroyed || response.headersSent) return void incoming.destroy();
  const status = incoming.statusCode ?? 502;
  try {
    if (response instanceof Http2ServerResponse) response.writeHead(status, endToEnd(incoming.headers));
    else response.writeHead(status, endToEnd(incoming.headers));
  } catch {
    // A status or header that HTTP/2 does not have.
    incoming.destroy();
    return answer(response, 502, 'The panel gave an answer that cannot be passed on.\n');
  }
  incoming.on('error', () => abort(response));
  incoming.on('aborted', () => abort(response));
  incoming.pipe(response as NodeJS.WritableStream);
}

/**
 * A body goes on with a length or in chunks, whatever the method: without either, the API would read it as the next request
 * (request smuggling).
 */
function framing(request: EdgeRequest): Record<string, string> {
  const hasBody = request instanceof Http2ServerRequest ? !request.stream.endAfterHeaders : 'transfer-encoding' in request.headers;
  return hasBody && request.headers['content-length'] === undefined ? { 'transfer-encoding': 'chunked' } : {};
}
