/** nginx, as the engine speaks with it (generations/dialect.ts). */
import { ok } from '../../../values/result.js';
import type { Host } from '../../hosts/host.js';
import type { Dialect, Spelling } from '../generations/dialect.js';
import { listenerOf } from '../generations/site.js';
import type { Listener } from '../installer.js';
import { hidden, taken } from './neighbours.js';
import type { NginxPlace } from './nginx-place.js';
import { foundationListens, renderFoundation, renderSites } from './render.js';
import { NginxControl } from './server/control.js';

export const NGINX_SPELLING: Spelling = {
  notice: 'Hostseal writes this file and everything beside it. Changes by hand are refused; docs/decisions/0011-nginx.md says why.',
  include: (path) => `include ${path};`,
};

type NginxHere = { readonly host: Host; readonly place: NginxPlace; readonly listeners: readonly Listener[] };

export function nginxDialect({ host, place: { tree }, listeners }: NginxHere): Dialect {
  const control = new NginxControl(host);
  return {
    title: 'nginx',
    spelling: NGINX_SPELLING,
    answersAt: (key) => listenerOf(key, listeners) !== undefined,
    showsChallenges: (foundation) => foundationListens(foundation, listeners),
    survey: async () => {
      const found = await control.survey();
      if (!found.ok) return found;
      const { build, setsNameTable, runs } = found.value;
      const { software, version, tlsLibrary } = build;
      const wording = { tree, build, listeners };
      return ok({
        capabilities: { software, version, tlsLibrary, changesWithoutReload: false },
        runs,
        foundation: renderFoundation(wording, !setsNameTable),
        renderSites: (sites) => renderSites(sites, wording),
      });
    },
    adopted: () => control.adopted(),
    test: async (generation) => {
      const foreign = await control.test(generation);
      if (!foreign.ok) return foreign;
      return ok({ hidden: hidden(listeners, foreign.value), taken: (keys) => taken(keys, listeners, foreign.value) });
    },
    adopt: (fence) => control.adopt(fence),
    reload: (fence) => control.reload(fence),
  };
}
