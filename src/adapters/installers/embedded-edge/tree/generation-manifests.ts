/** `generations/<n>.json`: what a generation changes, so that it can be shown, tested and taken back. Written last when staging: it is there, or nothing is staged. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BindingKey, Generation } from '../../installer.js';
import { list, parseJson, readShape, record } from '../../../../values/json-shape.js';
import { readBindingKey, readBound, type Bound, type CertificateId } from '../wire/stored-binding.js';
import { OWNER_ONLY_DIRECTORY, removeTemporaries, syncDirectory, writeDurably } from './durable-files.js';

/** Absent: not bound before, or not bound any more. */
export type BindingChange = { readonly key: BindingKey; readonly from?: Bound; readonly to?: Bound };

export const certificatesIn = (changes: readonly BindingChange[]): readonly CertificateId[] =>
  changes.flatMap(({ from, to }) => [...(from?.certificates ?? []), ...(to?.certificates ?? [])]);

export class GenerationManifests {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<GenerationManifests> {
    await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    await removeTemporaries(directory);
    return new GenerationManifests(directory);
  }

  write(generation: Generation, changes: readonly BindingChange[]): Promise<void> {
    return writeDurably(this.#file(generation), JSON.stringify({ changes }));
  }

  /** Undefined where there is none that can be read. */
  async load(generation: Generation): Promise<readonly BindingChange[] | undefined> {
    const content = await readFile(this.#file(generation), 'utf8').catch(() => undefined);
    if (content === undefined) return undefined;
    const changes = readShape(() =>
      list(record(parseJson(content), 'manifest', ['changes']).changes, 'changes', Number.MAX_SAFE_INTEGER, readChange),
    );
    return changes.ok ? changes.value : undefined;
  }

  /** What all those before a generation change that are still kept. */
  async loadBefore(generation: Generation): Promise<readonly BindingChange[]> {
    const before = (await this.#generations()).filter((each) => each < generation);
    return (await Promise.all(before.map((each) => this.load(each)))).flatMap((changes) => changes ?? []);
  }

  async removeWhere(unwanted: (generation: Generation) => boolean): Promise<void> {
    const generations = (await this.#generations()).filter(unwanted);
    for (const generation of generations) await rm(this.#file(generation), { force: true });
    if (generations.length > 0) await syncDirectory(this.#directory);
  }

  async #generations(): Promise<readonly Generation[]> {
    return (await readdir(this.#directory)).filter((file) => /^\d+\.json$/.test(file)).map((file) => Number.parseInt(file, 10));
  }

  #file(generation: Generation): string {
    return join(this.#directory, `${generation}.json`);
  }
}

function readChange(value: unknown, where: string): BindingChange {
  const change = record(value, where, ['key', 'from', 'to']);
  return {
    key: readBindingKey(change.key, `${where}.key`),
    from: change.from === undefined ? undefined : readBound(change.from, `${where}.from`),
    to: change.to === undefined ? undefined : readBound(change.to, `${where}.to`),
  };
}
