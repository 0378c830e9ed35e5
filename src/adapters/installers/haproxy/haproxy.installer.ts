/** The engine, and the power to take a server of a pool out of an HAProxy that stands in front of it. */
import { problem } from '../../../values/problems/problem.js';
import { err, type Result } from '../../../values/result.js';
import { GenerationInstaller, type GenerationServer } from '../generations/generation.installer.js';
import type { Listener, TakesOut } from '../installer.js';
import { haproxyDialect } from './haproxy-dialect.js';
import type { HaproxyPlace } from './haproxy-place.js';
import { HaproxyControl } from './server/control.js';

type HaproxyServer = Omit<GenerationServer, 'dialect' | 'tree'> & { readonly place: HaproxyPlace; readonly listeners: readonly Listener[] };

export class HaproxyInstaller extends GenerationInstaller implements TakesOut {
  readonly #control: HaproxyControl;
  readonly #serverName: string;

  constructor(server: HaproxyServer) {
    super({ ...server, tree: server.place.tree, dialect: haproxyDialect(server) });
    this.#control = new HaproxyControl(server.host);
    this.#serverName = server.serverName;
  }

  takeOut(backend: string, member: string, fence: number): Promise<Result<void>> {
    return this.#setState(backend, member, 'maint', fence);
  }

  putBack(backend: string, member: string, fence: number): Promise<Result<void>> {
    return this.#setState(backend, member, 'ready', fence);
  }

  async #setState(backend: string, member: string, state: 'maint' | 'ready', fence: number): Promise<Result<void>> {
    const set = await this.#control.setServerState(backend, member, state, fence);
    return set.ok ? set : err(problem(set.problem.code, { ...set.problem.facts, server: this.#serverName }));
  }
}
