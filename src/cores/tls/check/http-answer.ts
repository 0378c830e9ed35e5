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

/** Servers send one or two (103 Early Hints); more keep us busy. */
const MAX_INTERIM = 10;

/** Is the head of the final answer whole, or is it plain that there will be none? What comes after it is of no interest. */
export const hasWholeHead = (bytes: Uint8Array): boolean => finalHead(bytes) !== undefined;

/** HTTP_ANSWER_MALFORMED. `url` is who answered, for the problem. */
export function readHttpAnswer(bytes: Uint8Array, url: string, receivedAt: Instant): Result<HttpAnswer> {
  const head = finalHead(bytes);
  const malformed = (detail: string) => err(problem('HTTP_ANSWER_MALFORMED', { url, detail }));
  if (head === undefined) return malformed('its headers do not end');
  if (head === 'TOO_MANY_INTERIM') return malformed(`more than ${MAX_INTERIM} interim answers come before it`);
  const [first = '', ...lines] = head.split(/\r?\n/);
  const status = statusIn(first);
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

const statusIn = (line: string): string | undefined => /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1];

/** The head of what answers in the end: interim answers (1xx, RFC 9110 15.2) stand before it. 101 is final: nothing of HTTP follows it. */
function finalHead(bytes: Uint8Array): string | 'TOO_MANY_INTERIM' | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  let at = 0;
  for (let interim = 0; interim <= MAX_INTERIM; interim++) {
    // RFC 9112 2.2: a lone line feed may be taken for an end of line.
    const end = /\r?\n\r?\n/g;
    end.lastIndex = at;
    const found = end.exec(text);
    if (found === null) return undefined;
    const head = text.slice(at, found.index);
    const status = statusIn(head.split(/\r?\n/, 1)[0] ?? '');
    if (status === undefined || !status.startsWith('1') || status === '101') return head;
    at = end.lastIndex;
  }
  return 'TOO_MANY_INTERIM';
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
