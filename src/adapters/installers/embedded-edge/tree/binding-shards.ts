/**
 * The bindings on disk: `bindings/<shard>.<generation>.json`. A shard is written anew by each generation that changes something in
 * it, beside its older versions; what counts at a generation is, for each shard, the newest version that is not younger.
 * So nothing that is served is ever overwritten, and the one number in `current` switches all shards at once, forward and back.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Generation } from '../../installer.js';
import { list, parseJson, readShape, record } from '../../../../values/json-shape.js';
import { readStoredBinding, type StoredBinding } from '../wire/stored-binding.js';
import { BindingTable } from './binding-table.js';
import { OWNER_ONLY_DIRECTORY, removeTemporaries, syncDirectory, writeSynced } from './durable-files.js';

type Version = { readonly file: string; readonly shard: string; readonly generation: Generation };

export class BindingShards {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<BindingShards> {
    await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    await removeTemporaries(directory);
    return new BindingShards(directory);
  }

  /** Call `sync` after the last one. Throws what the disk says. */
  async write(shard: string, generation: Generation, bindings: readonly StoredBinding[]): Promise<void> {
    await writeSynced(join(this.#directory, `${shard}.${generation}.json`), JSON.stringify({ bindings }));
  }

  sync(): Promise<void> {
    return syncDirectory(this.#directory);
  }

  /** What is served at a generation. A damaged shard costs its own bindings only, and is named. */
  async load(generation: Generation): Promise<{ table: BindingTable; damaged: readonly string[] }> {
    const table = new BindingTable();
    const damaged: string[] = [];
    for (const { file } of newestUpTo(generation, await this.#versions())) {
      const content = await readFile(join(this.#directory, file), 'utf8');
      const bindings = readShape(() =>
        list(record(parseJson(content), 'shard', ['bindings']).bindings, 'bindings', Number.MAX_SAFE_INTEGER, readStoredBinding),
      );
      if (!bindings.ok) damaged.push(file);
      else for (const { key, ...bound } of bindings.value) table.set(key, bound);
    }
    return { table, damaged };
  }

  /** Takes back what was written for generations that are not to come. */
  async discardAfter(generation: Generation): Promise<void> {
    await this.#remove((await this.#versions()).filter((version) => version.generation > generation));
  }

  /** Keeps what the `needed` generations look like, and what is younger than all of them. */
  async prune(needed: readonly Generation[]): Promise<void> {
    const versions = await this.#versions();
    const kept = new Set(needed.flatMap((generation) => newestUpTo(generation, versions).map(({ file }) => file)));
    const newest = Math.max(...needed);
    await this.#remove(versions.filter(({ file, generation }) => generation <= newest && !kept.has(file)));
  }

  async #remove(versions: readonly Version[]): Promise<void> {
    for (const { file } of versions) await rm(join(this.#directory, file), { force: true });
    if (versions.length > 0) await this.sync();
  }

  async #versions(): Promise<readonly Version[]> {
    return (await readdir(this.#directory)).flatMap((file) => {
      const match = /^([0-9a-f]{2})\.(\d{1,15})\.json$/.exec(file);
      return match?.[1] && match[2] ? [{ file, shard: match[1], generation: Number(match[2]) }] : [];
    });
  }
}

function newestUpTo(generation: Generation, versions: readonly Version[]): readonly Version[] {
  const newest = new Map<string, Version>();
  for (const version of versions) {
    const known = newest.get(version.shard);
    if (version.generation <= generation && (!known || known.generation < version.generation)) newest.set(version.shard, version);
  }
  return [...newest.values()];
}
