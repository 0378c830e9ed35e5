/** One look at the file that shows control of a name, as a CA takes it (RFC 8555 8.3, CA/B BR 3.2.2.4.18): the CA's own, and ours before it. */
import type { IpAddress } from '../../../values/ip-address.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { urlText } from './http-urls.js';
import type { HttpClient } from './https.js';

export type HttpFile = { readonly name: string; readonly path: string; readonly body: string };
export type LookOptions = {
  /** 80 in the field. */
  readonly port: number;
  readonly timeoutMs: number;
  /** Looked at in the place of what the name leads to. */
  readonly address?: IpAddress;
};

/** The body has under 100 bytes; an error page is cut off early. */
const MAX_BODY_BYTES = 4_096;
/** Let's Encrypt follows as many. */
const MAX_REDIRECTS = 10;

export const urlOf = ({ name, path }: HttpFile, port: number): URL => new URL(`http://${name}:${port}${path}`);

/** Why the file is not there, with its body and nothing else; undefined where it is. What HttpClient tells, HTTP_STATUS_UNEXPECTED, HTTP_BODY_UNEXPECTED. */
export async function lookAtFile(http: HttpClient, file: HttpFile, { port, ...options }: LookOptions): Promise<Problem | undefined> {
  const answer = await http.get(urlOf(file, port), { maxBytes: MAX_BODY_BYTES, maxRedirects: MAX_REDIRECTS, ...options });
  if (!answer.ok) return answer.problem;
  const { status, body, url } = answer.value;
  const place = urlText(url);
  if (status !== 200) return problem('HTTP_STATUS_UNEXPECTED', { url: place, status });
  const text = Buffer.from(body).toString('utf8');
  // Editors and shells end a file with a line feed (RFC 8555 8.3 ignores it too).
  return text.trimEnd() === file.body ? undefined : problem('HTTP_BODY_UNEXPECTED', { url: place, firstLine: firstLine(text) });
}

/** Of what a stranger sent: short, on one line, without control characters. */
const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').replace(/\p{C}/gu, '�').slice(0, 80);
