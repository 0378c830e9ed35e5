/** A file that certificates point to, over plain HTTP as a rule (RFC 5280 8): whoever uses it looks at signatures, not at who sent it. */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { urlText } from './http-urls.js';
import type { HttpClient } from './https.js';

export const FETCH_MS = 10_000;
const MAX_REDIRECTS = 3;

/** What HttpClient tells; URL_NOT_ALLOWED for what is no URL, HTTP_STATUS_UNEXPECTED. */
export async function fetchFile(http: HttpClient, text: string, maxBytes: number, timeoutMs = FETCH_MS): Promise<Result<Uint8Array>> {
  const url = URL.parse(text);
  if (url === null) return err(problem('URL_NOT_ALLOWED', { url: text.slice(0, 200), detail: 'it is no URL' }));
  const answer = await http.get(url, { maxBytes, timeoutMs, maxRedirects: MAX_REDIRECTS });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  return status === 200 ? ok(body) : err(problem('HTTP_STATUS_UNEXPECTED', { url: urlText(url), status }));
}
