import type { Case, Place } from '../../case.js';

/** The CDN that the Server header of an address names, if it is one. */
export function cdnOf(c: Case, { address, port }: Place): string | undefined {
  const http = c.places.find((place) => place.address === address && place.port === port)?.http;
  const server = http?.overTls?.ok ? (http.overTls.value.server ?? '') : '';
  return CDNS.exec(server)?.[0];
}
/** What CDNs write into it (their own documentation; seen in the wild). */
const CDNS = /cloudflare|cloudfront|akamai\w*|fastly|bunnycdn|keycdn|sucuri|imperva|stackpath|gcore|azure ?front ?door|vercel|netlify/i;
