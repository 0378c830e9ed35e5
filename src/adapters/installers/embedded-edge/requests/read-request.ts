/** What a request asks for, and of whom, where two readers cannot understand it in two ways. */
import { Http2ServerRequest } from 'node:http2';
import { parseAuthority } from '../wire/server-name.js';
import type { EdgeRequest } from './plain-answer.js';

/** `name`: that of `authority` (`shop.example:8443`, as it was sent), in normal form. `target`: path and query. */
type ReadRequest = { readonly authority: string; readonly name: string; readonly target: string };

/** Undefined for what is to be refused with 400. */
export function readRequest(request: EdgeRequest): ReadRequest | undefined {
  const authority = authorityOf(request);
  const name = parseAuthority(authority);
  const { url: target = '' } = request;
  if (authority === undefined || name === undefined || !TARGET.test(target) || !isFramed(request)) return undefined;
  return { authority, name, target };
}

/** What a browser sends (RFC 9112 3.2.1), and nothing that would need quoting on the way. */
const TARGET = /^\/[\x21-\x7e]*$/;

/** Undefined where it is missing or said twice and differently: there could be two hosts (RFC 9113 8.3.1, RFC 9112 3.2). */
function authorityOf(request: EdgeRequest): string | undefined {
  if (request instanceof Http2ServerRequest) {
    const { ':authority': authority, host } = request.headers;
    return authority !== undefined && host !== undefined && authority !== host ? undefined : (authority ?? host);
  }
  const hosts = request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host');
  return hosts.length === 1 ? request.headers.host : undefined;
}

/** Node hands over a request whose coding it does not know before it says so, and then nobody can tell where the body ends (RFC 9112 6.3). */
function isFramed({ headers }: EdgeRequest): boolean {
  const coding = headers['transfer-encoding'];
  return coding === undefined || coding.toLowerCase() === 'chunked';
}
