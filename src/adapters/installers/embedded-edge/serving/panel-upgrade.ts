/** WebSockets of the panel (RFC 6455; GraphQL subscriptions): the handshake is passed to the API, then the bytes, both ways. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { toPanel, type Client } from './forwarded-headers.js';

/** Milliseconds without a byte either way: clients of graphql-ws ping far more often. */
const SILENCE_TIMEOUT = 300_000;

export function upgradeToPanel(socketPath: string, request: IncomingMessage, socket: Duplex, head: Buffer, client: Client): void {
  const upstream = httpRequest({
    socketPath,
    agent: false,
    method: 'GET',
    path: request.url,
    headers: { ...toPanel(request.headers, client), connection: 'Upgrade', upgrade: 'websocket' },
    timeout: SILENCE_TIMEOUT,
  });
  upstream.on('upgrade', (incoming, panel, panelHead) => {
    socket.write(statusAndHeaders(incoming));
    socket.write(panelHead);
    panel.write(head);
    // The limit on idle connections was for requests.
    if (socket instanceof Socket) socket.setTimeout(0);
    panel.setTimeout(SILENCE_TIMEOUT, () => panel.destroy());
    panel.on('error', () => panel.destroy());
    passOn(panel, socket);
    passOn(socket, panel);
  });
  // The API does not want to.
  upstream.on('response', (incoming) => {
    incoming.resume();
    const { statusCode: status = 502 } = incoming;
    refuseUpgrade(socket, status >= 400 ? status : 502, 'The panel did not open a WebSocket.\n');
  });
  upstream.on('timeout', () => upstream.destroy());
  upstream.on('error', () => refuseUpgrade(socket, 502, 'The panel is not running at the moment.\n'));
  socket.on('close', () => upstream.destroy());
  upstream.end();
}

/** An answer by hand: Node gives an upgraded connection no response object. */
export function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  if (socket.writable) {
    socket.end(
      `HTTP/1.1 ${status} \r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }
}

/** WebSockets close by a handshake of their own (RFC 6455 7): when one side ends there is nothing left to wait for. */
function passOn(from: Duplex, to: Duplex): void {
  from.pipe(to);
  from.on('end', () => to.end(() => to.destroy()));
  from.on('close', () => to.destroy());
}

function statusAndHeaders(incoming: IncomingMessage): string {
  const lines = Array.from(
    { length: incoming.rawHeaders.length / 2 },
    (_, i) => `${incoming.rawHeaders[2 * i]}: ${incoming.rawHeaders[2 * i + 1]}`,
  );
  return ['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n');
}
