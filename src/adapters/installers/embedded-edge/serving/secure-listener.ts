/**
 * One HTTPS server per address and port, since a name bound at one address does not answer at another. HTTP/1.1 and HTTP/2.
 * Everything that a stranger can make long, large or many has a bound here.
 */
import type { ServerOptions } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import { parseServerName } from '../wire/server-name.js';
import type { NeutralCertificate } from './neutral-certificate.js';
import { peekServerName } from './peek-server-name.js';
import { abort, answer, type EdgeResponse } from './plain-answer.js';
import type { ServableCertificates } from './servable-certificates.js';
import type { SiteLookup } from './site-lookup.js';
import { SiteRequests } from './site-requests.js';
import { TlsTerminators, type TlsTerminator } from './tls-terminators.js';

export type Serving = {
  readonly certificates: ServableCertificates;
  /** For a client that names no site of ours. */
  readonly neutral: NeutralCertificate;
  readonly panelSocket: string;
};

/** Per listener. Each takes about 50 kB, so a flood costs 200 MB and not the process. */
export const MAX_CONNECTIONS = 4096;
/** Octets. Browsers and servers stop at 8 to 16 kB. */
export const MAX_HEADER_SIZE = 16_384;
/** Milliseconds. */
export const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 300_000;
const IDLE_TIMEOUT = 120_000;

const HTTP1_LIMITS = {
  headersTimeout: HEADERS_TIMEOUT,
  requestTimeout: REQUEST_TIMEOUT,
  keepAliveTimeout: 60_000,
  maxHeaderSize: MAX_HEADER_SIZE,
} as const satisfies ServerOptions;

export function secureListener(sites: SiteLookup, { certificates, neutral, panelSocket }: Serving): Http2SecureServer {
  const server = createSecureServer({
    ...HTTP1_LIMITS,
    ca: [],
    allowHTTP1: true,
    settings: { maxConcurrentStreams: 100, maxHeaderListSize: MAX_HEADER_SIZE, enablePush: false },
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(IDLE_TIMEOUT);
  const terminators = new TlsTerminators(certificates, (socket) => server.emit('secureConnection', socket));
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
    peekServerName(socket, (serverName) => {
      const accept = (terminator: TlsTerminator) => !socket.destroyed && terminator.server.emit('connection', socket);
      terminatorFor(serverName).then(accept, () => socket.destroy());
    });
  });
  const requests = new SiteRequests(sites, terminators, panelSocket);
  server.on('request', (request, response) => void requests.answer(request, response).catch(() => refuse(response)));
  server.on('upgrade', (request, socket, head) => void requests.upgrade(request, socket, head).catch(() => socket.destroy()));
  return server;
}

/** HTTP/2 carries methods, paths and values that Node's own client refuses to send on. */
function refuse(response: EdgeResponse): void {
  if (response.headersSent) abort(response);
  else answer(response, 400, 'This request cannot be passed on.\n');
}
