/** HAProxy, as the installer speaks with it: the verbs, typed. */
import type { Host } from '../../../hosts/host.js';
import type { HostPath } from '../../../hosts/host-path.js';
import { boolean, list, parseJson, readShape, record, text } from '../../../../values/json-shape.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { readBuild, type HaproxyBuild } from '../haproxy-build.js';
import { readForeignBinds, type ForeignBind } from '../syntax/binds.js';
import type { HaproxyVerb } from './verbs.js';

export type Survey = {
  readonly build: HaproxyBuild;
  /** Does it answer on its socket, and may we change it? It is not needed to stage and to test. */
  readonly runs: boolean;
};
/** An entry that the running process has (`shown`) or lacks, otherwise than the files say. */
export type Difference = { readonly shard: string; readonly certificate: string; readonly name: string; readonly shown: boolean };

/** A value of a challenge is longer than one argument may be. */
const ARGUMENT_LENGTH = 4000;

export class HaproxyControl {
  constructor(private readonly host: Host) {}

  async survey(): Promise<Result<Survey>> {
    const words = await this.#run('haproxy-survey', []);
    if (!words.ok) return words;
    const said = understood(() => {
      const it = record(parseJson(words.value), 'survey', ['version', 'runs']);
      return { version: text(it.version, 'version', 64 * 1024), runs: it.runs === true };
    });
    if (!said.ok) return said;
    const build = readBuild(said.value.version);
    return build.ok ? ok({ build: build.value, runs: said.value.runs }) : build;
  }

  /** Was it started with what we serve? */
  async adopted(): Promise<Result<boolean>> {
    const words = await this.#run('haproxy-adopted', []);
    return words.ok ? ok(words.value === 'yes') : words;
  }

  /** The binds beside ours. SERVER_CONFIG_REFUSED with HAProxy's first complaint. */
  async test(generation: HostPath): Promise<Result<readonly ForeignBind[]>> {
    const words = await this.#run('haproxy-test', [generation]);
    return words.ok ? understood(() => readForeignBinds(parseJson(words.value))) : words;
  }

  adopt(fence?: number): Promise<Result<void>> {
    return this.#do('haproxy-adopt', [], fence);
  }

  /** Of these lists, or all and thoroughly. Resolves when it serves what `current.conf` leads to. */
  takeUp(lists: readonly string[], fence?: number): Promise<Result<void>> {
    return this.#do('haproxy-take-up', [lists.join(',')], fence);
  }

  async differences(): Promise<Result<readonly Difference[]>> {
    const words = await this.#run('haproxy-differences', []);
    if (!words.ok) return words;
    return understood(() =>
      list(parseJson(words.value), 'differences', 1_000_000, (each, where) => {
        const it = record(each, where, ['shard', 'certificate', 'name', 'shown']);
        return {
          shard: text(it.shard, `${where}.shard`, 6),
          certificate: text(it.certificate, `${where}.certificate`, 4096),
          name: text(it.name, `${where}.name`, 4096),
          shown: boolean(it.shown, `${where}.shown`),
        };
      }),
    );
  }

  showChallenge(key: string, value: string): Promise<Result<void>> {
    return this.#do('haproxy-show-challenge', [key, value.slice(0, ARGUMENT_LENGTH), value.slice(ARGUMENT_LENGTH)]);
  }

  hideChallenge(key: string): Promise<Result<void>> {
    return this.#do('haproxy-hide-challenge', [key]);
  }

  setServerState(backend: string, server: string, state: 'maint' | 'ready', fence: number): Promise<Result<void>> {
    return this.#do('haproxy-server-state', [backend, server, state], fence);
  }

  async #do(verb: HaproxyVerb, args: readonly string[], fence?: number): Promise<Result<void>> {
    const words = await this.#run(verb, args, fence);
    return words.ok ? ok(undefined) : words;
  }

  #run(verb: HaproxyVerb, args: readonly string[], fence?: number): Promise<Result<string>> {
    return this.host.run(verb, args, fence);
  }
}

function understood<T>(read: () => T): Result<T> {
  const value = readShape(read);
  return value.ok
    ? value
    : err(problem('SERVER_REFUSED', { detail: `its host makes no sense (${String(value.problem.facts['detail'])})` }));
}
