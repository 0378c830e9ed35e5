/** Apache, as the installer speaks with it: the verbs, typed. */
import type { Host } from '../../../hosts/host.js';
import type { HostPath } from '../../../hosts/host-path.js';
import { boolean, integer, list, parseJson, readShape, record, text } from '../../../../values/json-shape.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { readBuild, type ApacheBuild } from '../apache-build.js';
import type { KnownHost } from '../neighbours.js';
import type { Listen } from '../syntax/dump.js';
import type { ApacheVerb } from './verbs.js';

export type ApacheSurvey = {
  readonly build: ApacheBuild;
  /** Where the foreign configuration listens. */
  readonly listens: readonly Listen[];
  /** Is there a master? */
  readonly runs: boolean;
};

export class ApacheControl {
  constructor(private readonly host: Host) {}

  async survey(): Promise<Result<ApacheSurvey>> {
    const words = await this.#run('apache-survey', []);
    if (!words.ok) return words;
    const said = understood(() => readSurvey(parseJson(words.value)));
    if (!said.ok) return said;
    const { listens, runs, ...found } = said.value;
    const build = readBuild(found);
    return build.ok ? ok({ build: build.value, listens, runs }) : build;
  }

  /** Does its main configuration include what we serve? */
  async adopted(): Promise<Result<boolean>> {
    const words = await this.#run('apache-adopted', []);
    return words.ok ? ok(words.value === 'yes') : words;
  }

  /** All hosts, in the order in which they are asked. SERVER_CONFIG_REFUSED with Apache's first complaint. */
  async test(generation: HostPath): Promise<Result<readonly KnownHost[]>> {
    const words = await this.#run('apache-test', [generation]);
    return words.ok ? understood(() => readHosts(parseJson(words.value))) : words;
  }

  /** For the verbs that have nothing to say. */
  async do(verb: 'apache-adopt' | 'apache-reload' | 'apache-revive', fence?: number): Promise<Result<void>> {
    const words = await this.#run(verb, [], fence);
    return words.ok ? ok(undefined) : words;
  }

  #run(verb: ApacheVerb, args: readonly string[], fence?: number): Promise<Result<string>> {
    return this.host.run(verb, args, fence);
  }
}

const MANY = Number.MAX_SAFE_INTEGER;

function readSurvey(value: unknown) {
  const it = record(value, 'survey', ['version', 'modules', 'listens', 'loadable', 'tlsLibrary', 'runs']);
  return {
    version: text(it.version, 'version', 64 * 1024),
    modules: list(it.modules, 'modules', 1000, (name, where) => text(name, where, 100)),
    loadable: list(it.loadable, 'loadable', 10, (name, where) => text(name, where, 100)),
    tlsLibrary: text(it.tlsLibrary, 'tlsLibrary', 100),
    runs: boolean(it.runs, 'runs'),
    listens: list(it.listens, 'listens', MANY, (listen, where) => {
      const { address, port } = record(listen, where, ['address', 'port']);
      return { address: text(address, where, 100), port: integer(port, where, 0, 65_535) };
    }),
  };
}

const readHosts = (value: unknown): readonly KnownHost[] =>
  list(value, 'hosts', MANY, (entry, where) => {
    const host = record(entry, where, ['address', 'port', 'file', 'names', 'isOurs']);
    return {
      address: text(host.address, where, 100),
      port: integer(host.port, where, 0, 65_535),
      file: text(host.file, where, 4096),
      names: list(host.names, where, MANY, (name) => text(name, where, 1024)),
      isOurs: boolean(host.isOurs, where),
    };
  });

function understood<T>(read: () => T): Result<T> {
  const value = readShape(read);
  return value.ok
    ? value
    : err(problem('SERVER_REFUSED', { detail: `its host makes no sense (${String(value.problem.facts['detail'])})` }));
}
