/** The look at a name's web server (CA/B BR 3.2.2.4.18): is the agreed file there? */
import { messageOf } from '../../../values/problems/catalogue.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { HttpClient } from '../../network/https.js';
import { bodyOf, type ChallengeRecord } from './order-record.js';

/** The body has under 100 bytes; an error page is cut off early. */
const MAX_BODY_BYTES = 4_096;
/** A server that takes longer is tried again later. */
const TIMEOUT_MS = 5_000;
/** Let's Encrypt follows as many. */
const MAX_REDIRECTS = 10;

/** Undefined where control of the name was shown; VALIDATION_FAILED otherwise, with the cause below it. */
export async function checkChallenge(challenge: ChallengeRecord, port: number, http: HttpClient): Promise<Problem | undefined> {
  const url = new URL(`http://${challenge.name}:${port}/.well-known/pki-validation/${challenge.token}`);
  const failed = (cause: Problem): Problem =>
    problem(
      'VALIDATION_FAILED',
      { url: url.href, name: challenge.name, detail: messageOf(cause).replace(/\.$/, '') },
      { subject: challenge.name, sub: [cause] },
    );
  const answer = await http.get(url, { maxBytes: MAX_BODY_BYTES, timeoutMs: TIMEOUT_MS, maxRedirects: MAX_REDIRECTS });
  if (!answer.ok) return failed(answer.problem);
  const { status, body, url: final } = answer.value;
  if (!isAuthorizedPort(final, port)) {
    return failed(problem('URL_NOT_ALLOWED', { url: final.origin, detail: 'a redirect may lead to ports 80 and 443 only' }));
  }
  if (status !== 200) return failed(problem('HTTP_STATUS_UNEXPECTED', { url: final.origin + final.pathname, status }));
  const text = Buffer.from(body).toString('utf8');
  // Editors and shells end a file with a line feed (RFC 8555 8.3 ignores it too).
  if (text.trimEnd() === bodyOf(challenge)) return undefined;
  return failed(problem('HTTP_BODY_UNEXPECTED', { url: final.origin + final.pathname, firstLine: firstLine(text) }));
}

/** CA/B BR 1.6.1: whoever has another port need not be who runs the site. `port`: the configured one, 80 in the field. */
const isAuthorizedPort = ({ port: text, protocol }: URL, port: number): boolean =>
  [port, 80, 443].includes(Number(text) || (protocol === 'https:' ? 443 : 80));

/** Of what a stranger sent: short, on one line, without control characters. */
const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').replace(/\p{C}/gu, '�').slice(0, 80);
