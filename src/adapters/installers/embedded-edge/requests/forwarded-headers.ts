/** Which headers pass a proxy, and what it says about the client (RFC 9110 7.6.1). Pure. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** They speak about one connection, or are the edge's own to answer. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** What the API believes about the client comes from the edge, never from the client. */
const CLAIMS = /^(forwarded|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip)$/;

/** What a body's end and a request's place hang on is never hop by hop, whatever `Connection` says (RFC 9110 7.6.1; request smuggling). */
const ALWAYS_END_TO_END = new Set(['content-length', 'host']);

export function endToEnd(headers: Readonly<IncomingHttpHeaders>): OutgoingHttpHeaders {
  const listed = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const named = new Set(listed.filter((name) => !ALWAYS_END_TO_END.has(name)));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':') && !HOP_BY_HOP.has(name) && !named.has(name)));
}

export type Client = { readonly host: string; readonly address: string };

/** `host` as the client asked for it, checked before. */
export function toPanel(headers: Readonly<IncomingHttpHeaders>, client: Client): OutgoingHttpHeaders {
  const passed = Object.entries(endToEnd(headers)).filter(([name]) => !CLAIMS.test(name));
  return {
    ...Object.fromEntries(passed),
    host: client.host,
    'x-forwarded-for': client.address,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': client.host,
  };
}
