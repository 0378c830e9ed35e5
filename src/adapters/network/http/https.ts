/**
 * GET over HTTP/1.1, for files and documents that strangers serve: http-01 challenges, AIA certificates, CRLs, ACME directories.
 * Every connection is a new one through the dialer, redirects included: no pool that two tenants could share, no proxy, no
 * cookie, no credential. One deadline covers it all, from the first look-up to the last byte of the body.
 */
import type { IpAddress } from '../../../values/ip-address.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { Deadline } from '../dialing/deadline.js';
import type { Dialer } from '../dialing/dialer.js';
import type { HttpAnswer } from './http-exchange.js';
import { type HttpTransport, makeHttpTransport } from './http-transport.js';
import { refusalOfRedirect, refusalOfUrl, urlText } from './http-urls.js';

export interface HttpClient {
  /**
   * The answer, whatever its status; `url` is where it came from in the end.
   * ADDRESS_NOT_ALLOWED, URL_NOT_ALLOWED, NAME_*, CONNECTION_*, PEER_NOT_AUTHENTICATED, TLS_*, HTTP_ANSWER_MALFORMED,
   * TOO_MANY_REDIRECTS, ANSWER_TOO_LARGE.
   */
  get(url: URL, options: GetOptions): Promise<Result<{ status: number; body: Uint8Array; url: URL }>>;
}

export type GetOptions = {
  /** Of the body, as it comes over the wire. */
  readonly maxBytes: number;
  /** For the whole, redirects included. */
  readonly timeoutMs: number;
  readonly maxRedirects: number;
  /** Dialled for the host of the first URL, wherever its name leads. Other hosts that a redirect leads to are looked up. */
  readonly address?: IpAddress;
};

type HttpClientOptions = {
  readonly dialer: Dialer;
  /** PEM. Trusted for https beside the public roots. */
  readonly extraRoots: readonly string[];
};

export function makeHttpClient({ dialer, extraRoots }: HttpClientOptions): HttpClient {
  const transport = makeHttpTransport(dialer, extraRoots);
  return {
    async get(start, { maxBytes, timeoutMs, maxRedirects, address }) {
      const deadline = new Deadline(timeoutMs);
      let url = start;
      const refused = refusalOfUrl(url);
      if (refused) return err(refused);
      for (let followed = 0; ; followed++) {
        const answer = await getOnce(url, url.hostname === start.hostname ? address : undefined, transport, maxBytes, deadline);
        if (!answer.ok) return answer;
        const next = redirectOf(answer.value, url);
        if (next === undefined) return ok({ status: answer.value.status, body: answer.value.body, url });
        if (followed === maxRedirects) return err(problem('TOO_MANY_REDIRECTS', { url: urlText(start), limit: maxRedirects }));
        if (!next.ok) return next;
        const refusal = refusalOfUrl(next.value) ?? refusalOfRedirect(start, next.value);
        if (refusal) return err(refusal);
        url = next.value;
      }
    },
  };
}

async function getOnce(
  url: URL,
  address: IpAddress | undefined,
  transport: HttpTransport,
  maxBytes: number,
  deadline: Deadline,
): Promise<Result<HttpAnswer>> {
  const socket = await transport.open(url, deadline, address);
  if (!socket.ok) return socket;
  try {
    // With the first answer only: Node's http brings the whole of its fetch along, 70 ms of a command that most often fetches nothing.
    const { exchange } = await import('./http-exchange.js');
    return await exchange(url, socket.value, maxBytes, deadline);
  } finally {
    socket.value.destroy();
  }
}

/** Of RFC 9110 15.4 those that say "the same, there" (CA/B BR 3.2.2.4.18); 303 leads to something else. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** Undefined for an answer that is none, or that names no place (RFC 9110 15.4). */
function redirectOf({ status, location }: HttpAnswer, from: URL): Result<URL> | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  const next = URL.parse(location, from.href);
  return next === null ? err(problem('HTTP_ANSWER_MALFORMED', { url: urlText(from), detail: 'its Location is no URL' })) : ok(next);
}
