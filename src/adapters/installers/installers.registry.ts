import path from 'node:path';
import type { Clock } from '../../values/clock.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Host } from '../hosts/host.js';
import { HelperHost } from '../hosts/local/helper-host.js';
import { LocalHost } from '../hosts/local/local-host.js';
import { Turns } from '../turns.js';
import { EmbeddedEdgeInstaller } from './embedded-edge/embedded-edge.installer.js';
import type { DrivenServer, Installers, ServerInstaller, ServerPlace } from './installer.js';
import { serverBehind, type ServerHere } from './members.js';

/** An answer that takes longer is none: the edge is on this machine. */
const EDGE_TIMEOUT_MS = 10_000;
/** More than a server's own longest test, so that what it says of that is heard. */
const HELPER_TIMEOUT_MS = 180_000;

/** The servers of this machine that can be driven. */
export type LocalServers = {
  readonly edge: { readonly controlSocket: string };
  readonly onDisk: readonly ServerHere[];
  /** Asked over an API, by their names here. */
  readonly overApi: ReadonlyMap<string, Made>;
  /** Of the sockets of the process with the rights that they need; absent where this one has them itself. */
  readonly helperFolder?: string;
};

/** A kind of server, and how the installer of one is made. */
export type Made = { readonly kind: string; readonly make: (server: DrivenServer) => ServerInstaller };

/** Makes the installer of a server by its name on its machine. */
export class InstallerRegistry implements Installers {
  readonly #here: ReadonlyMap<string, Made>;
  readonly #clock: Clock;
  /** Of servers of other machines. */
  readonly #turns = new Map<string, Turns>();

  constructor({ edge: { controlSocket }, onDisk, overApi, helperFolder }: LocalServers, clock: Clock) {
    this.#clock = clock;
    const edge: Made = {
      kind: 'EMBEDDED_EDGE',
      make: ({ id }) => new EmbeddedEdgeInstaller({ controlSocket, serverName: id, timeoutMs: EDGE_TIMEOUT_MS, clock }),
    };
    this.#here = new Map([['edge', edge], ...overApi, ...onDisk.map((each) => [each.name, maker(each, clock, helperFolder)] as const)]);
  }

  drives({ kind, nameOnHost }: Omit<ServerPlace, 'hostId'>): boolean {
    return this.#here.get(nameOnHost)?.kind === kind;
  }

  of(server: DrivenServer): Result<ServerInstaller> {
    const here = this.#here.get(server.nameOnHost);
    if (here && this.drives(server)) return ok(here.make(server));
    return err(problem('SERVER_UNREACHABLE', { server: server.id, detail: `this machine is not configured for ${server.kind}` }));
  }

  async through(host: Host, { id: serverName, kind, listeners, mail, serving }: DrivenServer): Promise<Result<ServerInstaller>> {
    const placed = await serverBehind(host, kind);
    if (!placed.ok) return err({ ...placed.problem, facts: { ...placed.problem.facts, server: serverName } });
    const turns = this.#turns.get(serverName) ?? new Turns();
    this.#turns.set(serverName, turns);
    return ok(placed.value.installer({ serverName, host, listeners, mail, serving, clock: this.#clock, turns }));
  }
}

function maker({ name, kind, placed }: ServerHere, clock: Clock, helperFolder: string | undefined): Made {
  const host =
    helperFolder === undefined
      ? new LocalHost(placed)
      : new HelperHost({ socketPath: path.join(helperFolder, `${name}.sock`), timeoutMs: HELPER_TIMEOUT_MS });
  const turns = new Turns();
  return {
    kind,
    make: ({ id, listeners, mail, serving }) => placed.installer({ serverName: id, host, listeners, mail, serving, clock, turns }),
  };
}
