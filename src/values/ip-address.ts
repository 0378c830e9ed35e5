/** IPv4 and IPv6 addresses in one normal form (RFC 5952), with the ranges that decide where we may dial. */
import ipaddr from 'ipaddr.js';
import { problem } from './problems/problem.js';
import { err, ok, type Result } from './result.js';

declare const brand: unique symbol;
export type IpAddress = string & { readonly [brand]: 'IpAddress' };

/** Reads the plain forms only: `0x7f.1` and `2130706433` are tricks, not addresses. An IPv4-mapped IPv6 address is the IPv4 address. */
export function parseIpAddress(text: string): Result<IpAddress> {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ok(ipaddr.IPv4.parse(text).toString() as IpAddress);
  if (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)) return ok(ipaddr.process(text).toString() as IpAddress);
  return err(problem('NOT_AN_IP_ADDRESS', { text: text.slice(0, 64) }));
}

/** `192.0.2.1:443`, `[2001:db8::1]:443` (RFC 3986 3.2.2). `address` in its normal form. */
export const endpointText = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

export const ipVersion = (address: IpAddress): 4 | 6 => (address.includes(':') ? 6 : 4);

/** Reachable by strangers over the Internet: neither loopback, private, link-local, multicast, reserved nor a documentation range. */
export function isGlobalUnicast(address: IpAddress): boolean {
  const parsed = ipaddr.parse(address);
  // Of IPv6 only 2000::/3 was ever given to IANA's registries (RFC 4291 2.4, "IPv6 Global Unicast Address Space").
  const assigned = parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6, 3);
  return assigned && parsed.range() === 'unicast';
}
const GLOBAL_IPV6 = ipaddr.IPv6.parse('2000::');

/** Under what one subscriber is counted: an IPv4 address; of IPv6 the /64 that is the least that anybody is given (RFC 6177 2). */
export function subscriberOf(address: IpAddress): string {
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : address;
}
