/**
 * Where the link of a site is: `names/<address>_<port>/exact/<shard>/<name>`, and `…/wildcard/<shard>/<what is below the asterisk>`. nginx finds
 * its way there from the name of a handshake by maps.ts, which spells the same. Pure.
 */
import { hostPath, type HostPath } from '../../../hosts/host-path.js';
import { isWildcard, withoutWildcard } from '../../../../values/hostname.js';
import type { IpAddress } from '../../../../values/ip-address.js';
import type { BindingKey } from '../../installer.js';

export const NAMES = hostPath('names');

/** A colon of IPv6 means something to those who read a path. */
export const addressFolder = (address: IpAddress, port: number): string => `${address.replaceAll(':', '_')}_${port}`;

/** The first two characters that tell sites apart: a folder of ten thousand names is no pleasure to look into. */
export const SHARD = '(?:www\\.)?(?<hostseal_shard>[a-z0-9_-]{1,2})';

export function linkOf({ address, port, name }: BindingKey): HostPath {
  const host = withoutWildcard(name);
  const shard = new RegExp(`^${SHARD}`).exec(host)?.groups?.['hostseal_shard'];
  if (shard === undefined) throw new Error(`not a host name: ${host.slice(0, 300)}`);
  return hostPath(NAMES, addressFolder(address, port), isWildcard(name) ? 'wildcard' : 'exact', shard, host);
}
