/** A connection to where a URL points, with TLS where it says https. Unlike the prober, this client believes only what it verified. */
import type net from 'node:net';
import tls from 'node:tls';
import { parseHostname } from '../../../values/hostname.js';
import { type IpAddress, parseIpAddress } from '../../../values/ip-address.js';
import { type Problem, problem } from '../../../values/problems/problem.js';
import { toPem } from '../../../values/pem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { timedOut } from '../dialing/connection-problem.js';
import type { Deadline } from '../dialing/deadline.js';
import type { Dialer, Endpoint } from '../dialing/dialer.js';
import { ofPublicRoots, type PublicRoots } from '../public-roots.js';
import { portOf } from './http-urls.js';
import { closedEarly, tlsProblem } from '../dialing/tls-problem.js';

export interface HttpTransport {
  /** The caller owns the socket and destroys it. `address`: dialled in the place of what the URL's host leads to. */
  open(url: URL, deadline: Deadline, address?: IpAddress): Promise<Result<net.Socket>>;
}

/** `extraRoots`: PEM, trusted for https beside the public roots, as they are when the connection is made. */
export function makeHttpTransport(dialer: Dialer, extraRoots: readonly string[]): HttpTransport {
  const secureContext = ofPublicRoots((store) => makeContext(store, extraRoots));
  return {
    async open(url, deadline, at) {
      const endpoint = at ? ok({ address: at, port: portOf(url) }) : endpointOf(url);
      if (!endpoint.ok) return endpoint;
      const dialled = await dialer.connect(endpoint.value, { timeoutMs: deadline.remainingMs });
      if (!dialled.ok || url.protocol === 'http:') return dialled;
      return secure(dialled.value, url, secureContext(), deadline);
    },
  };
}

/** The list that Node came with it has read itself. */
function makeContext({ source, roots }: PublicRoots, extraRoots: readonly string[]): tls.SecureContext {
  const ofNode = source === 'SHIPPED';
  const ca = ofNode ? tls.rootCertificates : roots.map((der) => toPem('CERTIFICATE', der));
  return tls.createSecureContext({ minVersion: 'TLSv1.2', ...((!ofNode || extraRoots.length > 0) && { ca: [...ca, ...extraRoots] }) });
}

function endpointOf(url: URL): Result<Exclude<Endpoint, { readonly socketPath: string }>> {
  const port = portOf(url);
  const address = parseIpAddress(bareHost(url));
  if (address.ok) return ok({ address: address.value, port });
  const name = parseHostname(url.hostname);
  return name.ok ? ok({ name: name.value, port }) : name;
}

/** `[2001:db8::1]` without its brackets. */
const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

function secure(socket: net.Socket, url: URL, secureContext: tls.SecureContext, deadline: Deadline): Promise<Result<net.Socket>> {
  return new Promise((resolve) => {
    const host = bareHost(url);
    const where = { address: socket.remoteAddress ?? host, port: portOf(url) };
    const secured = tls.connect({
      socket,
      secureContext,
      // Who the certificate has to name. An address is never sent as a server name (RFC 6066 3).
      host,
      servername: parseIpAddress(host).ok ? '' : host,
      ALPNProtocols: ['http/1.1'],
    });
    const fail = (cause: Problem) => {
      clearTimeout(timer);
      secured.destroy();
      socket.destroy();
      resolve(err(cause));
    };
    const timer = setTimeout(() => fail(timedOut(where, deadline.limitMs)), deadline.remainingMs);
    // Stays for the socket's life: an error that nobody hears would end the process.
    secured.on('error', (error) => {
      const unverified = Boolean(secured.authorizationError);
      fail(unverified ? problem('PEER_NOT_AUTHENTICATED', { url: url.origin, detail: error.message }) : tlsProblem(error, where, 'TLS'));
    });
    secured.once('close', () => fail(closedEarly(where, 'TLS')));
    secured.once('secureConnect', () => {
      clearTimeout(timer);
      resolve(ok(secured));
    });
  });
}
