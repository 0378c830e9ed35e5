/** The HTTP server of an address and port. What it answers: `challenge-and-redirect.ts`. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { clientAddress } from './client-bounds.js';
import type { Serving } from './secure-listener.js';

export function plainListener(handler: RequestListener, { limits, connections }: Pick<Serving, 'limits' | 'connections'>): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      // Nobody stays here: what there is to get is one file, or the way elsewhere.
      keepAliveTimeout: Math.min(5_000, limits.keepAlive),
      connectionsCheckingInterval: limits.lookEvery,
    },
    handler,
  );
  server.setTimeout(limits.idle);
  server.on('connection', (socket: Socket) => {
    const leave = connections.enter(clientAddress(socket));
    if (leave) socket.once('close', leave);
    else socket.destroy();
  });
  return server;
}
