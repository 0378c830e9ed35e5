import type { Clock } from '../../values/clock.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Host } from '../hosts/host.js';
import { HelperHost } from '../hosts/local/helper-host.js';
import { LocalHost } from '../hosts/local/local-host.js';
import { Turns } from '../turns.js';
import { EmbeddedEdgeInstaller } from './embedded-edge/embedded-edge.installer.js';
import type { DrivenServer, Installers, ServerInstaller, ServerPlace } from './installer.js';
import { admit } from './nginx/admit.js';
import { NginxInstaller } from './nginx/nginx.installer.js';
import type { NginxPlace } from './nginx/nginx-place.js';
import { nginxVerbs } from './nginx/server/verbs.js';

/** An answer that takes longer is none: the edge is on this machine. */
const EDGE_TIMEOUT_MS = 10_000;
/** More than nginx's own longest test, so that what it says of that is heard. */
const HELPER_TIMEOUT_MS = 180_000;

/** What the servers of this machine are called. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['EMBEDDED_EDGE', 'edge'],
  ['NGINX', 'nginx'],
]);

/** The servers of this machine that can be driven. */
export type LocalServers = {
  readonly edge: { readonly controlSocket: string };
  /** `helperSocket`: of the process with the rights that nginx needs; absent where this one has them itself. */
  readonly nginx?: { readonly place: NginxPlace; readonly helperSocket?: string };
};

/** Makes the installer of a server by its kind. */
export class InstallerRegistry implements Installers {
  readonly #make: ReadonlyMap<string, (server: DrivenServer) => ServerInstaller>;

  constructor({ edge, nginx }: LocalServers, clock: Clock) {
    this.#make = new Map([
      [
        'EMBEDDED_EDGE',
        ({ id }) => new EmbeddedEdgeInstaller({ controlSocket: edge.controlSocket, serverName: id, timeoutMs: EDGE_TIMEOUT_MS, clock }),
      ],
      ...(nginx ? [['NGINX', nginxMaker(nginx, clock)] as const] : []),
    ]);
  }

  drives({ kind, hostId, nameOnHost }: ServerPlace): boolean {
    return hostId === undefined && nameOnHost === NAMES.get(kind) && this.#make.has(kind);
  }

  of(server: DrivenServer): Result<ServerInstaller> {
    const make = this.#make.get(server.kind);
    if (make && this.drives(server)) return ok(make(server));
    return err(problem('SERVER_UNREACHABLE', { server: server.id, detail: `this machine is not configured for ${server.kind}` }));
  }
}

function nginxMaker({ place, helperSocket }: NonNullable<LocalServers['nginx']>, clock: Clock): (server: DrivenServer) => ServerInstaller {
  const host: Host =
    helperSocket === undefined
      ? new LocalHost({ tree: place.tree, verbs: nginxVerbs(place), admit: admit(place.tree) })
      : new HelperHost({ socketPath: helperSocket, timeoutMs: HELPER_TIMEOUT_MS });
  const turns = new Turns();
  return ({ id, listeners }) => new NginxInstaller({ serverName: id, host, place, listeners, clock, turns });
}
