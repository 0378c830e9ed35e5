/**
 * HTTP/1.1 over TLS with one party that is asked often: a CA's API. Connections are kept and used again, each of them dialled and verified as
 * all others are. Whoever makes a session shares its connections with nobody. No redirect is followed, and nothing is asked twice.
 */
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { problem } from '../../../values/problems/problem.js';
import { err, type Result } from '../../../values/result.js';
import { timedOut } from '../dialing/connection-problem.js';
import { Deadline, withDeadline } from '../dialing/deadline.js';
import type { Dialer } from '../dialing/dialer.js';
import { NotConnected, readAnswer, type WholeAnswer } from './http-answer.js';
import { type HttpTransport, makeHttpTransport } from './http-transport.js';
import { portOf, refusalOfUrl, urlText } from './http-urls.js';
import { Limit } from '../../limit.js';

export type SessionRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};
export type SessionAnswer = WholeAnswer;
export type SessionBounds = {
  /** Of the body. */
  readonly maxBytes: number;
  /** From the first look-up to the last byte; waiting for its turn counts. */
  readonly timeoutMs: number;
};

export interface HttpSession {
  /**
   * The answer, whatever its status.
   * ADDRESS_NOT_ALLOWED, URL_NOT_ALLOWED, NAME_*, CONNECTION_*, PEER_NOT_AUTHENTICATED, TLS_*, HTTP_ANSWER_MALFORMED, ANSWER_TOO_LARGE.
   */
  request(url: URL, request: SessionRequest, bounds: SessionBounds): Promise<Result<SessionAnswer>>;
}

/** Requests at a time; more than that wait for each other, and no CA takes us for an attack. */
const AT_ONCE = 8;
/** An idle connection is let go before the other side gives it up (Apache and Node after 5 s): a request that meets a closing one is lost. */
const IDLE_MS = 4_000;

/** `extraRoots`: PEM, trusted beside the public roots. */
export function makeHttpSession(dialer: Dialer, extraRoots: readonly string[]): HttpSession {
  const agent = new DialedAgent(makeHttpTransport(dialer, extraRoots));
  const limit = new Limit(AT_ONCE);
  return {
    async request(url, request, { maxBytes, timeoutMs }) {
      const refused =
        url.protocol === 'https:' ? refusalOfUrl(url) : problem('URL_NOT_ALLOWED', { url: urlText(url), detail: 'it is not https' });
      if (refused) return err(refused);
      const deadline = new Deadline(timeoutMs);
      const late = err(timedOut({ address: url.hostname, port: portOf(url) }, timeoutMs));
      // Whose turn comes too late is not asked any more: the caller has been told that it was not.
      const turn = limit.run(async () => (deadline.remainingMs > 0 ? exchange(agent, url, request, maxBytes, deadline) : late));
      const answer = await withDeadline(turn, timeoutMs);
      return answer === 'TIMED_OUT' ? late : answer;
    },
  };
}

type Dial = { readonly url: URL; readonly deadline: Deadline };
type Connected = (error: Error | null, socket: Duplex) => void;

class DialedAgent extends http.Agent {
  constructor(private readonly transport: HttpTransport) {
    super({ keepAlive: true, timeout: IDLE_MS });
  }

  override createConnection(options: http.ClientRequestArgs & Partial<Dial>, connected: Connected): undefined {
    const { url, deadline } = options;
    if (url === undefined || deadline === undefined) throw new Error('a request of somebody else');
    void this.transport.open(url, deadline).then((opened) => {
      if (opened.ok) connected(null, opened.value);
      else connected(new NotConnected(opened.problem), undefined as never);
    });
  }
}

function exchange(
  agent: DialedAgent,
  url: URL,
  { method, headers, body }: SessionRequest,
  maxBytes: number,
  deadline: Deadline,
): Promise<Result<SessionAnswer>> {
  const length = body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
  const request = http.request({
    agent,
    method,
    host: url.hostname,
    port: portOf(url),
    path: url.pathname + url.search,
    headers: { host: url.host, 'user-agent': 'hostseal', 'accept-encoding': 'identity', ...headers, ...length },
    ...({ url, deadline } satisfies Dial),
  });
  const answer = readAnswer(request, { url, where: { address: url.hostname, port: portOf(url) }, maxBytes, deadline });
  request.end(body);
  return answer;
}
