/** What is done with a request after the handshake: is it for a name of this address, and for one that the certificate was shown for? Then to its route. */
import type { IncomingMessage } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseIpAddress } from '../../../../values/ip-address.js';
import type { Route } from '../../installer.js';
import { parseAuthority, parseServerName } from '../wire/server-name.js';
import { coveredBy } from './certificate-check.js';
import type { Client } from './forwarded-headers.js';
import { proxyToPanel } from './panel-proxy.js';
import { refuseUpgrade, upgradeToPanel } from './panel-upgrade.js';
import { answer, type EdgeRequest, type EdgeResponse } from './plain-answer.js';
import type { SiteLookup } from './site-lookup.js';
import type { TlsTerminators } from './tls-terminators.js';

type Admitted = { readonly route: Route; readonly name: string; readonly client: Client };
type Refused = { readonly status: number; readonly text: string };

/** What a browser sends (RFC 9112 3.2.1), and nothing that would need quoting on the way. */
const TARGET = /^\/[\x21-\x7e]*$/;

export class SiteRequests {
  constructor(
    private readonly sites: SiteLookup,
    private readonly terminators: TlsTerminators,
    private readonly panelSocket: string,
  ) {}

  async answer(request: EdgeRequest, response: EdgeResponse): Promise<void> {
    const admitted = await this.#admit(request);
    if ('status' in admitted) answer(response, admitted.status, admitted.text);
    else if (admitted.route === 'PANEL') proxyToPanel(this.panelSocket, request, response, admitted.client);
    else answer(response, 404, `No content is configured here for ${admitted.name}.\n`);
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A client that is gone before the answer is nobody's fault.
    socket.on('error', () => socket.destroy());
    const admitted = await this.#admit(request);
    if ('status' in admitted) refuseUpgrade(socket, admitted.status, admitted.text);
    else if (admitted.route !== 'PANEL') refuseUpgrade(socket, 404, `No content is configured here for ${admitted.name}.\n`);
    else if (request.headers.upgrade?.toLowerCase() !== 'websocket') refuseUpgrade(socket, 400, 'Only WebSockets are opened here.\n');
    else upgradeToPanel(this.panelSocket, request, socket, head, admitted.client);
  }

  async #admit(request: EdgeRequest): Promise<Admitted | Refused> {
    const authority = authorityOf(request);
    const name = parseAuthority(authority);
    if (authority === undefined || name === undefined || !TARGET.test(request.url ?? '')) {
      return { status: 400, text: 'This request cannot be read.\n' };
    }
    const site = this.sites(name);
    if (!site || !(await this.#wasShownFor(name, request))) {
      // RFC 9110 15.5.20: a browser that reuses a connection opens another one for this name.
      return { status: 421, text: `This connection does not serve ${name}.\n` };
    }
    return { route: site.route, name, client: { host: authority.toLowerCase(), address: addressOf(request.socket) } };
  }

  /** HTTP/2 clients may use one connection for all names of the certificate that they saw (RFC 9113 9.1.1), and for no other. */
  async #wasShownFor(name: string, request: EdgeRequest): Promise<boolean> {
    const shownFor = servernameOf(request.socket);
    const shown = shownFor === undefined ? undefined : this.sites(shownFor);
    if (!shown) return false;
    return shownFor === name || coveredBy((await this.terminators.of(shown.certificates))?.names ?? [], name);
  }
}

/** Undefined where it is missing or said twice and differently: then two readers could understand two hosts (RFC 9113 8.3.1, RFC 9112 3.2). */
function authorityOf(request: EdgeRequest): string | undefined {
  if (request instanceof Http2ServerRequest) {
    const { ':authority': authority, host } = request.headers;
    return authority !== undefined && host !== undefined && authority !== host ? undefined : (authority ?? host);
  }
  const hosts = request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host');
  return hosts.length === 1 ? request.headers.host : undefined;
}

const servernameOf = (socket: object): string | undefined =>
  'servername' in socket && typeof socket.servername === 'string' ? parseServerName(socket.servername) : undefined;

/** Undefined on a unix socket: that is ourselves, rehearsing. */
function addressOf(socket: Socket): string {
  const address = parseIpAddress(socket.remoteAddress ?? '');
  return address.ok ? address.value : 'unknown';
}
