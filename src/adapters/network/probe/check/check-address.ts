/** The full check of one address: the questions of cores/tls/check, put over connections. */
import { checkServer } from '../../../../cores/tls/check/check-server.js';
import type { AddressCheck, Depth, HttpFacts } from '../../../../cores/tls/check/site-check.js';
import type { IpAddress } from '../../../../values/ip-address.js';
import type { CheckRequest } from '../../site-checker.js';
import { type Bounds, Questioner, type QuestionerParts } from './questioner.js';

/** Implicit TLS of other protocols than HTTP: IANA's service names of mail, news, directories, chat, DNS, brokers. */
const NOT_WEB: ReadonlySet<number> = new Set([
  465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 2525, 3269, 5061, 5223, 5269, 5671, 6697, 8883,
]);
const HTTP = 80;
const HTTPS = 443;

export async function checkAddress(
  request: CheckRequest,
  { address, depth }: { readonly address: IpAddress; readonly depth: Depth },
  parts: QuestionerParts,
  bounds: Bounds,
): Promise<AddressCheck> {
  const { name, port, startTls } = request;
  const isWeb = startTls === undefined && !NOT_WEB.has(port);
  const host = name ?? (address.includes(':') ? `[${address}]` : address);
  const target = { address, port, ...(name !== undefined && { servername: name }) };
  const questioner = new Questioner(parts, { target, host, ...(startTls && { startTls }) }, bounds);
  const { overTls, ...checked } = await checkServer((probe) => questioner.ask(probe), {
    ...(name !== undefined && { serverName: name }),
    depth,
    ...(isWeb && { web: { url: `https://${host}${port === HTTPS ? '' : `:${port}`}/` } }),
  });
  const answered = checked.versions.length > 0;
  const plainPort = request.plainPort ?? (port === HTTPS ? HTTP : undefined);
  const plain = isWeb && answered && plainPort !== undefined ? await questioner.askPlain(plainPort) : undefined;
  const http: HttpFacts = { ...(overTls && { overTls }), ...(plain && { plain }) };
  return { ...checked, address, port, ...(isWeb && answered && { http }), connections: questioner.used };
}
