/** What a running HAProxy serves, from what its files say and how it differs from them. Pure. */
import { parseCertificateName } from '../../../values/hostname.js';
import type { CertificateId, Site } from '../generations/site.js';
import type { Listener } from '../installer.js';
import { endpointId, listOf, secureEndpoint } from './lists.js';
import type { Difference } from './server/control.js';

/** An entry that leads to no certificate of ours, or is for no name, is somebody else's. */
export function shownSites(sites: readonly Site[], differences: readonly Difference[], listeners: readonly Listener[]): readonly Site[] {
  const byEntry = new Map(sites.map((site) => [entryOf(listOf(site.key), site.key.name), site]));
  for (const { shard, certificate, name, shown } of differences) {
    const id = /\/certificates\/([0-9a-f]{64}\.[0-9a-f]{32})\.pem$/.exec(certificate)?.[1] as CertificateId | undefined;
    const site = byEntry.get(entryOf(shard, name)) ?? newSite(shard, name, listeners);
    if (id === undefined || !site) continue;
    const others = site.certificates.filter((each) => each !== id);
    byEntry.set(entryOf(shard, name), { ...site, certificates: shown ? [...others, id] : others });
  }
  return [...byEntry.values()].filter(({ certificates }) => certificates.length > 0);
}

const entryOf = (shard: string, name: string): string => `${shard} ${name}`;

function newSite(shard: string, name: string, listeners: readonly Listener[]): Site | undefined {
  const listener = listeners.find((each) => shard.startsWith(endpointId(secureEndpoint(each))));
  const parsed = parseCertificateName(name);
  return listener && parsed.ok ? { key: { ...secureEndpoint(listener), name: parsed.value }, certificates: [] } : undefined;
}
