/** The servers beside the edge that this machine drives, from its configuration. */
import { placeServers, type ServersHere } from './adapters/installers/members.js';
import type { Config } from './platform/config/config.js';
import { openServers, unusableServers } from './platform/config/servers-file.js';
import { err, type Result } from './values/result.js';

/** CONFIG_INVALID for what cannot be read, or is no server of ours. */
export function serversHere(config: Pick<Config, 'serversFile' | 'nginx'>): Result<ServersHere> {
  const entries = openServers(config);
  if (!entries.ok) return entries;
  const servers = placeServers(entries.value);
  return servers.ok ? servers : err(unusableServers(servers.problem));
}
