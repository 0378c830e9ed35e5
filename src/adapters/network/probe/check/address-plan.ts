/** Which addresses of a site are checked. */
import { ipVersion, type IpAddress } from '../../../../values/ip-address.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import type { AddressGuard } from '../../dialing/address-guard.js';
import type { Resolver } from '../../dialing/resolver.js';
import { type CheckRequest, LEAST_CONNECTIONS } from '../../site-checker.js';
import { unlessStopped, whyStopped } from '../stopping.js';

export type AddressPlan = { readonly checked: Result<readonly IpAddress[]>; readonly leftOut: readonly IpAddress[] };

/** More of them say little that these do not. */
const MOST = 8;

/** NAME_*, NOT_A_PORT, CHECK_STOPPED; ADDRESS_NOT_ALLOWED where none of them is. */
export async function planAddresses(
  { name, address, port }: CheckRequest,
  { resolver, guard }: { readonly resolver: Resolver; readonly guard: AddressGuard },
  stopped: AbortSignal,
  budget: number,
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
  const checked = someOfEachVersion(allowed, Math.min(MOST, Math.floor(budget / LEAST_CONNECTIONS)));
  return { checked: ok(checked), leftOut: found.value.filter((each) => !checked.includes(each)) };
}

/** Half of each, and more of one where the other has fewer. */
function someOfEachVersion(addresses: readonly IpAddress[], most: number): readonly IpAddress[] {
  const of = (version: 4 | 6) => addresses.filter((each) => ipVersion(each) === version);
  const [v4, v6] = [of(4), of(6)];
  const fromV4 = Math.max(Math.ceil(most / 2), most - v6.length);
  const chosen = [...v4.slice(0, fromV4), ...v6.slice(0, most - Math.min(v4.length, fromV4))];
  return addresses.filter((each) => chosen.includes(each));
}

/** The first of each version before all others. */
export function byWeight(addresses: readonly IpAddress[]): readonly IpAddress[] {
  const firsts = ([4, 6] as const).flatMap((version) => addresses.find((each) => ipVersion(each) === version) ?? []);
  return [...new Set([...addresses.slice(0, 1), ...firsts, ...addresses])];
}
