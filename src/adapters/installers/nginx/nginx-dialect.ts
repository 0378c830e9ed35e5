/** nginx, as the engine speaks with it (generations/dialect.ts). */
import { problem } from '../../../values/problems/problem.js';
import { err, ok } from '../../../values/result.js';
import type { Host } from '../../hosts/host.js';
import type { Dialect, Spelling } from '../generations/dialect.js';
import { listenerOf } from '../generations/site.js';
import type { Listener, Serving } from '../installer.js';
import { linkOf, NAMES } from './by-name/name-place.js';
import { isByName, renderByName } from './by-name/render-by-name.js';
import { hidden, taken } from './neighbours.js';
import type { NginxPlace } from './nginx-place.js';
import { foundationListens, renderFoundation, renderSites } from './render.js';
import { NginxControl } from './server/control.js';

export const NGINX_SPELLING: Spelling = {
  notice: 'Hostseal writes this file and everything beside it. Changes by hand are refused; docs/decisions/0011-nginx.md says why.',
  include: (path) => `include ${path};`,
};

const LOOK_UP = 'look a certificate up by name: that takes nginx 1.15.9 or newer, with its map module and PCRE';

type NginxHere = { readonly host: Host; readonly place: NginxPlace; readonly listeners: readonly Listener[]; readonly serving: Serving };

export function nginxDialect({ host, place: { tree }, listeners, serving }: NginxHere): Dialect {
  const control = new NginxControl(host);
  return {
    title: 'nginx',
    spelling: serving === 'BY_NAME' ? { ...NGINX_SPELLING, shardsAreData: true } : NGINX_SPELLING,
    ...(serving === 'BY_NAME' && { names: { folder: NAMES, linkOf } }),
    answersAt: (key) => listenerOf(key, listeners) !== undefined,
    showsChallenges: (foundation) => foundationListens(foundation, listeners),
    survey: async () => {
      const found = await control.survey();
      if (!found.ok) return found;
      const { build, setsNameTable, runs } = found.value;
      const { software, version, tlsLibrary } = build;
      const wording = { tree, build, listeners };
      const about = { software, version, tlsLibrary, changesWithoutReload: serving === 'BY_NAME' };
      if (serving === 'FILES') {
        return ok({
          capabilities: about,
          runs,
          foundation: renderFoundation(wording, !setsNameTable),
          renderSites: (sites) => renderSites(sites, wording),
          continues: (foundation) => !isByName(foundation),
        });
      }
      if (!build.looksUp) return err(problem('SERVER_REFUSED', { detail: `${version} cannot ${LOOK_UP}` }));
      return ok({
        capabilities: about,
        runs,
        foundation: renderByName(wording, { pairs: false }),
        foundationForPairs: renderByName(wording, { pairs: true }),
        // Sites are links: a shard has their data, and nothing that nginx reads.
        renderSites: () => '',
        continues: isByName,
      });
    },
    adopted: () => control.adopted(),
    test: async (generation) => {
      const foreign = await control.test(generation);
      if (!foreign.ok) return foreign;
      return ok({ hidden: hidden(listeners, foreign.value), taken: (keys) => taken(keys, listeners, foreign.value) });
    },
    found: () => control.found(),
    adopt: (fence) => control.adopt(fence),
    reload: (fence) => control.reload(fence),
  };
}
