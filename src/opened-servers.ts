/** The servers beside the edge, with what is read of files for those that are asked over an API. */
import { readRoots } from './adapters/installers/cpanel/api/open-api.js';
import type { CpanelHere, ServersHere } from './adapters/installers/members.js';
import type { Config } from './platform/config/config.js';
import { serversHere } from './servers-here.js';
import { ok, type Result } from './values/result.js';

type Opened = Pick<ServersHere, 'onDisk'> & { readonly cpanels: readonly (CpanelHere & { readonly roots: readonly string[] })[] };

/** With the files that their APIs need. CONFIG_INVALID as `serversHere`, FILE_UNREADABLE. */
export async function openServersHere(config: Pick<Config, 'serversFile' | 'nginx'>): Promise<Result<Opened>> {
  const servers = serversHere(config);
  if (!servers.ok) return servers;
  const cpanels: Opened['cpanels'][number][] = [];
  for (const each of servers.value.cpanels) {
    const roots = await readRoots(each.place);
    if (!roots.ok) return roots;
    cpanels.push({ ...each, roots: roots.value });
  }
  return ok({ onDisk: servers.value.onDisk, cpanels });
}
