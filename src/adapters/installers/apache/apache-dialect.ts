/** Apache, as the engine speaks with it (generations/dialect.ts). */
import { ok } from '../../../values/result.js';
import type { Host } from '../../hosts/host.js';
import { opensslRefusal } from '../../network/openssl-refusal.js';
import type { Dialect } from '../generations/dialect.js';
import { listenerOf } from '../generations/site.js';
import type { Listener } from '../installer.js';
import { currentConfiguration, type ApachePlace } from './apache-place.js';
import { hidden, taken } from './neighbours.js';
import { apacheShardOf, foundationListens, renderFoundation, renderSites } from './render.js';
import { ApacheControl } from './server/control.js';

type ApacheHere = { readonly host: Host; readonly place: ApachePlace; readonly listeners: readonly Listener[] };

export function apacheDialect({ host, place, listeners }: ApacheHere): Dialect {
  const control = new ApacheControl(host);
  return {
    title: 'Apache',
    spelling: {
      notice: 'Hostseal writes this file and everything beside it. Changes by hand are refused; docs/decisions/0019-apache.md says why.',
      include: (path) => `Include ${path}`,
    },
    shardOf: apacheShardOf,
    answersAt: (key) => listenerOf(key, listeners) !== undefined,
    // `apache2 -t` reads no certificate, and the restart ends over one that OpenSSL refuses.
    refusal: ({ chain, key }) => opensslRefusal(chain, key),
    showsChallenges: (foundation) => foundationListens(foundation, listeners),
    survey: async () => {
      const found = await control.survey();
      if (!found.ok) return found;
      const { build, listens, runs } = found.value;
      const { software, version, tlsLibrary } = build;
      const wording = { tree: place.tree, modules: place.modules, build, listeners, listens };
      return ok({
        capabilities: { software, version, tlsLibrary, changesWithoutReload: false },
        runs,
        foundation: renderFoundation(wording),
        renderSites: (sites) => renderSites(sites, wording),
      });
    },
    adopted: () => control.adopted(),
    test: async (generation) => {
      const hosts = await control.test(generation);
      if (!hosts.ok) return hosts;
      return ok({
        hidden: hidden(listeners, hosts.value, `IncludeOptional ${currentConfiguration(place)}`),
        taken: (keys) => taken(keys, listeners, hosts.value),
      });
    },
    adopt: (fence) => control.do('apache-adopt', fence),
    reload: (fence) => control.do('apache-reload', fence),
    revive: (fence) => control.do('apache-revive', fence),
  };
}
