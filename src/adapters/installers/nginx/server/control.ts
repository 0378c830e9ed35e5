/** nginx, as the installer speaks with it: the verbs, typed. */
import type { Host } from '../../../hosts/host.js';
import type { HostPath } from '../../../hosts/host-path.js';
import type { FoundSite } from '../../installer.js';
import { list, parseJson, readShape, record, text } from '../../../../values/json-shape.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { readBuild, type NginxBuild } from '../nginx-build.js';
import { readForeignServers, type ForeignServer } from '../syntax/foreign-servers.js';
import type { NginxVerb } from './verbs.js';

export type Survey = {
  readonly build: NginxBuild;
  /** It sets the size of the table of names itself. */
  readonly setsNameTable: boolean;
  /** Is there a master? It is not needed to stage and to test. */
  readonly runs: boolean;
};

export class NginxControl {
  constructor(private readonly host: Host) {}

  async survey(): Promise<Result<Survey>> {
    const words = await this.#run('nginx-survey', []);
    if (!words.ok) return words;
    const said = understood(() => {
      const it = record(parseJson(words.value), 'survey', ['version', 'setsNameTable', 'runs']);
      return { version: text(it.version, 'version', 64 * 1024), setsNameTable: it.setsNameTable === true, runs: it.runs === true };
    });
    if (!said.ok) return said;
    const { version, ...rest } = said.value;
    const build = readBuild(version);
    return build.ok ? ok({ build: build.value, ...rest }) : build;
  }

  /** Does its main configuration include what we serve? */
  async adopted(): Promise<Result<boolean>> {
    const words = await this.#run('nginx-adopted', []);
    return words.ok ? ok(words.value === 'yes') : words;
  }

  /** The servers beside ours. SERVER_CONFIG_REFUSED with nginx's first complaint. */
  async test(generation: HostPath): Promise<Result<readonly ForeignServer[]>> {
    const words = await this.#run('nginx-test', [generation]);
    return words.ok ? understood(() => readForeignServers(parseJson(words.value))) : words;
  }

  async found(): Promise<Result<readonly FoundSite[]>> {
    const words = await this.#run('nginx-found', []);
    return words.ok ? understood(() => readFoundSites(parseJson(words.value))) : words;
  }

  async adopt(fence?: number): Promise<Result<void>> {
    const words = await this.#run('nginx-adopt', [], fence);
    return words.ok ? ok(undefined) : words;
  }

  async reload(fence?: number): Promise<Result<void>> {
    const words = await this.#run('nginx-reload', [], fence);
    return words.ok ? ok(undefined) : words;
  }

  #run(verb: NginxVerb, args: readonly string[], fence?: number): Promise<Result<string>> {
    return this.host.run(verb, args, fence);
  }
}

const readFoundSites = (value: unknown): readonly FoundSite[] =>
  list(value, 'sites', Number.MAX_SAFE_INTEGER, (entry, where) => {
    const { certificate, chain, keyReadable, ...server } = record(entry, where, [
      'file',
      'listens',
      'names',
      'certificate',
      'chain',
      'keyReadable',
    ]);
    return {
      ...readForeignServers([server])[0]!,
      certificate: text(certificate, `${where}.certificate`, 4096),
      chain: text(chain, `${where}.chain`, 128 * 1024),
      keyReadable: keyReadable === true,
    };
  });

function understood<T>(read: () => T): Result<T> {
  const value = readShape(read);
  return value.ok
    ? value
    : err(problem('SERVER_REFUSED', { detail: `its host makes no sense (${String(value.problem.facts['detail'])})` }));
}
