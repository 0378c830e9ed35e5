/**
 * One HTTPS server per address and port, since a name bound at one address does not answer at another. HTTP/1.1 and HTTP/2.
 * Everything that a stranger can make long, large or many has a bound in `limits.ts`.
 */
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { parseServerName } from '../wire/server-name.js';
import { clientAddress, type ClientBounds } from './client-bounds.js';
import type { EdgeLimits } from './limits.js';
import type { NeutralCertificate } from '../../neutral-certificate.js';
import { peekServerName } from './peek-server-name.js';
import type { ServableCertificates } from './servable-certificates.js';
import type { SiteLookup } from './site-lookup.js';
import { TlsTerminators, type TlsTerminator } from './tls-terminators.js';

export type Serving = {
  readonly certificates: ServableCertificates;
  /** For a client that names no site of ours. */
  readonly neutral: NeutralCertificate;
  readonly limits: EdgeLimits;
  /** Of all listeners together. */
  readonly connections: ClientBounds;
};
type RequestHandler = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => void;

export function secureListener(sites: SiteLookup, handler: RequestHandler, serving: Serving): Http2SecureServer {
  const { certificates, neutral, limits, connections } = serving;
  const server = createSecureServer({
    ...http1Limits(limits),
    ca: [],
    allowHTTP1: true,
    settings: { maxConcurrentStreams: limits.streams, maxHeaderListSize: limits.headerBytes, enablePush: false },
  });
  server.setTimeout(limits.idle);
  const terminators = new TlsTerminators(certificates, limits.handshake, (socket) => server.emit('secureConnection', socket));
  const forStrangers = terminators.make([neutral]);
  const terminatorFor = async (serverName: string | undefined): Promise<TlsTerminator> => {
    const name = parseServerName(serverName);
    for (;;) {
      const site = name === undefined ? undefined : sites(name);
      const terminator = site && (await terminators.of(site.certificates));
      if (terminator) return terminator;
      // A switch may have come between, and taken the files: then it is asked again what is served.
      if (name === undefined || sites(name) === site) return forStrangers;
    }
  };
  // Its own way to accept a connection would start the handshake before the site is known.
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const leave = connections.enter(clientAddress(socket));
    if (!leave) return void socket.destroy();
    socket.once('close', leave);
    peekServerName(socket, limits, (serverName) => {
      const accept = (terminator: TlsTerminator) => !socket.destroyed && terminator.emit('connection', socket);
      terminatorFor(serverName).then(accept, () => socket.destroy());
    });
  });
  server.on('request', handler);
  return server;
}

const http1Limits = (limits: EdgeLimits) =>
  ({
    headersTimeout: limits.headers,
    requestTimeout: limits.request,
    keepAliveTimeout: limits.keepAlive,
    connectionsCheckingInterval: limits.lookEvery,
    maxHeaderSize: limits.headerBytes,
  }) satisfies ServerOptions;
