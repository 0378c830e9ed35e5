/** Which addresses of a site are checked. */
import { ipVersion, type IpAddress } from '../../../values/ip-address.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { AddressGuard } from '../address-guard.js';
import type { Resolver } from '../resolver.js';
import type { CheckRequest } from '../site-checker.js';
import { unlessStopped, whyStopped } from './stopping.js';

export type AddressPlan = { readonly checked: Result<readonly IpAddress[]>; readonly leftOut: readonly IpAddress[] };

/** Each costs about thirty connections. */
const MOST = 8;

/** NAME_*, NOT_A_PORT, CHECK_STOPPED; ADDRESS_NOT_ALLOWED where none of them is. */
export async function planAddresses(
  { name, address, port }: CheckRequest,
  { resolver, guard }: { readonly resolver: Resolver; readonly guard: AddressGuard },
  stopped: AbortSignal,
): Promise<AddressPlan> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return { checked: err(problem('NOT_A_PORT', { port })), leftOut: [] };
  const looked = address !== undefined || name === undefined ? ok(address === undefined ? [] : [address]) : resolver.addresses(name);
  const answered = await unlessStopped(Promise.resolve(looked), stopped);
  const found = answered === 'STOPPED' ? err(whyStopped(stopped)) : answered;
  if (!found.ok) return { checked: found, leftOut: [] };
  const allowed = found.value.filter((each) => guard.allows(each, port));
  const [refused] = found.value;
  if (allowed.length === 0 && refused !== undefined) {
    return { checked: err(problem('ADDRESS_NOT_ALLOWED', { address: refused, port }, { subject: refused })), leftOut: found.value };
  }
  const checked = someOfEachVersion(allowed);
  return { checked: ok(checked), leftOut: found.value.filter((each) => !checked.includes(each)) };
}

/** Half of each, and more of one where the other has fewer. */
function someOfEachVersion(addresses: readonly IpAddress[]): readonly IpAddress[] {
  const of = (version: 4 | 6) => addresses.filter((each) => ipVersion(each) === version);
  const [v4, v6] = [of(4), of(6)];
  const fromV4 = Math.max(MOST / 2, MOST - v6.length);
  const chosen = [...v4.slice(0, fromV4), ...v6.slice(0, MOST - Math.min(v4.length, fromV4))];
  return addresses.filter((each) => chosen.includes(each));
}
