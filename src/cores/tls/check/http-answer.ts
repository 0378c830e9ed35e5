/** What of an HTTP/1.1 answer says something about TLS (RFC 9112 2, RFC 6797 6.1). Strangers' text, short and on one line each. */
import { instant, type Instant } from '../../../values/instant.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { HttpAnswer } from './site-check.js';

/** Of all headers together; longer ones are no answer. */
export const MAX_HEADER_BYTES = 65_536;
const MAX_VALUE = 2_000;
/** Of one kind that is kept. */
const MAX_HEADERS = 20;

/** `GET /`, as it goes over the wire. */
export const httpRequest = (host: string): Uint8Array =>
  Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: hostseal\r\nAccept: */*\r\nConnection: close\r\n\r\n`, 'latin1');

/** Is the head of the answer whole? What comes after it is of no interest. */
export const hasWholeHead = (bytes: Uint8Array): boolean => endOfHead(bytes) !== -1;

/** HTTP_ANSWER_MALFORMED. `url` is who answered, for the problem. */
export function readHttpAnswer(bytes: Uint8Array, url: string, receivedAt: Instant): Result<HttpAnswer> {
  const end = endOfHead(bytes);
  const malformed = (detail: string) => err(problem('HTTP_ANSWER_MALFORMED', { url, detail }));
  if (end === -1) return malformed('its headers do not end');
  const [first = '', ...lines] = Buffer.from(bytes.subarray(0, end)).toString('latin1').split(/\r?\n/);
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return malformed('it begins with no status line');
  const headers = lines.flatMap((line) => headerIn(line) ?? []);
  const all = (name: string) => headers.filter((header) => header.name === name).map(({ value }) => value);
  const [location] = all('location');
  const [server] = all('server');
  const date = httpDate(all('date')[0]);
  return ok({
    status: Number(status),
    ...(location !== undefined && { location }),
    hsts: all('strict-transport-security').slice(0, MAX_HEADERS),
    ...(date !== undefined && { date }),
    receivedAt,
    ...(server !== undefined && { server }),
  });
}

function endOfHead(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const proper = buffer.indexOf('\r\n\r\n');
  // RFC 9112 2.2: a lone line feed may be taken for an end of line.
  return proper === -1 ? buffer.indexOf('\n\n') : proper;
}

function headerIn(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return { name: name.toLowerCase(), value: value.replace(/\p{C}/gu, '\u{FFFD}').slice(0, MAX_VALUE) };
}

/** RFC 9110 5.6.7, as all send it: `Sun, 06 Nov 1994 08:49:37 GMT`. */
function httpDate(text: string | undefined): Instant | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : instant(ms);
}
