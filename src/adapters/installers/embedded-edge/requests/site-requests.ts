/** What is done with a request after the handshake: is it for a name of this address, and for one that the certificate was shown for? Then to its route. */
import { clientAddress, type ClientBounds } from '../serving/client-bounds.js';
import type { SiteLookup } from '../serving/site-lookup.js';
import { parseServerName } from '../wire/server-name.js';
import type { Bound } from '../wire/stored-binding.js';
import { proxyToPanel } from './panel-proxy.js';
import { abort, answer, refuseUnread, type EdgeRequest, type EdgeResponse } from './plain-answer.js';
import { readRequest } from './read-request.js';

export class SiteRequests {
  constructor(
    private readonly sites: SiteLookup,
    private readonly panelSocket: string,
    private readonly panelRequests: ClientBounds,
  ) {}

  answer(request: EdgeRequest, response: EdgeResponse): void {
    try {
      this.#answer(request, response);
    } catch {
      // HTTP/2 carries methods, paths and values that Node's own client refuses to send on.
      if (response.headersSent) abort(response);
      else answer(response, 400, 'This request cannot be passed on.\n');
    }
  }

  #answer(request: EdgeRequest, response: EdgeResponse): void {
    const read = readRequest(request);
    if (read === undefined) return refuseUnread(response);
    const { name, authority } = read;
    const site = this.sites(name);
    if (!site || !this.#shares(site, name, request)) {
      // RFC 9110 15.5.20: a browser that reuses a connection opens another one for this name.
      return answer(response, 421, `This connection does not serve ${name}.\n`);
    }
    if (site.route === 'PANEL') this.#passToPanel(request, response, authority.toLowerCase());
    else answer(response, 404, `No content is configured here for ${name}.\n`);
  }

  #passToPanel(request: EdgeRequest, response: EdgeResponse, host: string): void {
    const address = clientAddress(request.socket);
    const leave = this.panelRequests.enter(address);
    if (!leave) return answer(response, 503, 'Too many requests are under way from here.\n', { 'retry-after': '1' });
    response.once('close', leave);
    // Only a rehearsal has no address.
    proxyToPanel(this.panelSocket, request, response, { host, address: address ?? 'unknown' });
  }

  /**
   * HTTP/2 clients may use one connection for all names of the certificate that they saw (RFC 9113 9.1.1). Here only for those that
   * are bound to that very certificate: one that covers a name which is served with another may be that of its former owner.
   */
  #shares(site: Bound, name: string, request: EdgeRequest): boolean {
    const shownFor = servernameOf(request.socket);
    const shown = shownFor === undefined ? undefined : this.sites(shownFor);
    return shown !== undefined && (shownFor === name || haveSameCertificates(shown, site));
  }
}

const haveSameCertificates = (one: Bound, other: Bound): boolean =>
  one.certificates.length === other.certificates.length && one.certificates.every((id) => other.certificates.includes(id));

const servernameOf = (socket: object): string | undefined =>
  'servername' in socket && typeof socket.servername === 'string' ? parseServerName(socket.servername) : undefined;
