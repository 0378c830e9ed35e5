/**
 * Everything that the edge keeps, and the generations that it goes through. `current` is the only truth about what is served;
 * to apply or to undo is to replace that one number, and a crash at any point comes up wholly on one side of it.
 *
 *     certificates/  content-addressed chains and keys       generations/    what each generation changes
 *     bindings/      shards, one version per generation      current, fence  registers
 *
 * Methods answer with the port's problems; `server` is added by the client, who knows what the panel calls it.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import type { CertificateFiles, Generation } from '../../installer.js';
import type { StagedChange } from '../wire/control-protocol.js';
import { bindingText, type CertificateId, type StoredBinding } from '../wire/stored-binding.js';
import { BindingShards } from './binding-shards.js';
import { shardOfBinding, type BindingTable } from './binding-table.js';
import { CertificateStore } from './certificate-store.js';
import { diskProblem } from '../../../disk-problem.js';
import { OWNER_ONLY_DIRECTORY, readRegister, removeTemporaries, writeRegister } from './durable-files.js';
import { certificatesIn, GenerationManifests, type BindingChange } from './generation-manifests.js';
import { planChange } from './plan-change.js';
import { Turns } from '../../../turns.js';

type Parts = {
  readonly home: string;
  readonly certificates: CertificateStore;
  readonly shards: BindingShards;
  readonly manifests: GenerationManifests;
  readonly table: BindingTable;
  readonly damagedShards: readonly string[];
};

/** How many certificates are written at a time: enough to overlap the disk's fsyncs, few enough to leave room for handshakes. */
const WRITES_AT_ONCE = 8;

export class EdgeTree {
  readonly #parts: Parts;
  readonly #turns = new Turns();
  #current: Generation;
  #fence: number;
  #staged: readonly BindingChange[] | undefined;

  private constructor(parts: Parts, current: Generation, fence: number, staged: readonly BindingChange[] | undefined) {
    this.#parts = parts;
    this.#current = current;
    this.#fence = fence;
    this.#staged = staged;
  }

  /** Reads what a crash or a stop left, takes back what was half staged, and clears what nothing needs. */
  static async open(home: string): Promise<EdgeTree> {
    await mkdir(home, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    await removeTemporaries(home);
    const certificates = await CertificateStore.open(join(home, 'certificates'));
    const shards = await BindingShards.open(join(home, 'bindings'));
    const manifests = await GenerationManifests.open(join(home, 'generations'));
    const current = await readRegister(join(home, 'current'));
    const { table, damaged } = await shards.load(current);
    const staged = await manifests.load(current + 1);
    const parts = { home, certificates, shards, manifests, table, damagedShards: damaged };
    const tree = new EdgeTree(parts, current, await readRegister(join(home, 'fence')), staged);
    if (!staged) await tree.#forgetStaged();
    await tree.#collectCertificates();
    return tree;
  }

  get current(): Generation {
    return this.#current;
  }

  get certificates(): CertificateStore {
    return this.#parts.certificates;
  }

  /** Shard files that could not be read when the tree was opened: their bindings are not served. */
  get damagedShards(): readonly string[] {
    return this.#parts.damagedShards;
  }

  bindings(): Iterable<StoredBinding> {
    return this.#parts.table.all();
  }

  /** What is served for a `bindingKeyText` now. */
  at(keyText: string): StoredBinding | undefined {
    return this.#parts.table.at(keyText);
  }

  /** What a staged generation changes; undefined where it is not staged. */
  stagedChanges(generation: Generation): readonly BindingChange[] | undefined {
    return generation === this.#current + 1 ? this.#staged : undefined;
  }

  /** What a generation that is staged or current changes. */
  async changes(generation: Generation): Promise<Result<readonly BindingChange[]>> {
    if (generation === 0 && this.#current === 0) return ok([]);
    const changes =
      this.stagedChanges(generation) ?? (generation === this.#current ? await this.#parts.manifests.load(generation) : undefined);
    return changes ? ok(changes) : this.#unknown(generation);
  }

  /** Replaces a generation that was staged and not applied: its planner was replaced too. */
  stage(change: StagedChange, fence: number): Promise<Result<Generation>> {
    return this.#asHolder(fence, async () => {
      const planned = planChange(change, this.#parts.table);
      if (!planned.ok) return planned;
      const generation = this.#current + 1;
      await this.#dropUnneeded(certificatesIn(await this.#forgetStaged()));
      try {
        await this.#addCertificates(change.certificates);
        await this.#writeShards(generation, planned.value);
        await this.#parts.manifests.write(generation, planned.value);
      } catch (error) {
        await this.#forgetStaged();
        await this.#dropUnneeded(certificatesIn(planned.value));
        throw error;
      }
      this.#staged = planned.value;
      return ok(generation);
    });
  }

  apply(generation: Generation, fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async () => {
      if (generation === this.#current) return ok(undefined);
      const changes = this.stagedChanges(generation);
      if (!changes) return this.#unknown(generation);
      await this.#switchTo(generation);
      for (const { key, to } of changes) this.#parts.table.set(key, to);
      this.#staged = undefined;
      return ok(undefined);
    });
  }

  undo(generation: Generation, fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async () => {
      if (generation === this.#current && generation > 0) {
        const changes = await this.#parts.manifests.load(generation);
        if (!changes) return this.#unknown(generation);
        const staged = await this.#forgetStaged();
        await this.#switchTo(generation - 1);
        for (const { key, from } of changes) this.#parts.table.set(key, from);
        await this.#forgetStaged();
        await this.#dropUnneeded(certificatesIn([...changes, ...staged]));
        return ok(undefined);
      }
      if (generation !== this.#current + 1) return this.#unknown(generation);
      await this.#dropUnneeded(certificatesIn(await this.#forgetStaged()));
      return ok(undefined);
    });
  }

  /** The generation before the current one stays, so that the current one can be undone. */
  prune(fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async () => {
      const final = await this.#parts.manifests.loadBefore(this.#current);
      await this.#parts.manifests.removeWhere((generation) => generation < this.#current);
      await this.#parts.shards.prune([this.#current, Math.max(0, this.#current - 1)]);
      await this.#dropUnneeded(certificatesIn(final));
      return ok(undefined);
    });
  }

  /** The highest token seen is on disk before anything is done in its name, so a late write is refused after a restart too. */
  #asHolder<T>(fence: number, work: () => Promise<Result<T>>): Promise<Result<T>> {
    return this.#turns.take(async () => {
      if (fence < this.#fence) return err(problem('STALE_FENCE', { fence, newest: this.#fence }));
      try {
        if (fence > this.#fence) await writeRegister(join(this.#parts.home, 'fence'), fence);
        this.#fence = fence;
        return await work();
      } catch (error) {
        return err(diskProblem(error));
      }
    });
  }

  /** The one moment at which what is served changes, for a restart. The table follows in the same turn of the event loop as the answer of the disk. */
  async #switchTo(generation: Generation): Promise<void> {
    await writeRegister(join(this.#parts.home, 'current'), generation);
    this.#current = generation;
  }

  /** The manifest first: without it, the shards of that generation are nothing, and are cleared by the next attempt or start. */
  async #forgetStaged(): Promise<readonly BindingChange[]> {
    const staged = this.#staged ?? [];
    this.#staged = undefined;
    await this.#parts.manifests.removeWhere((generation) => generation > this.#current);
    await this.#parts.shards.discardAfter(this.#current);
    return staged;
  }

  async #addCertificates(certificates: readonly CertificateFiles[]): Promise<void> {
    for (let start = 0; start < certificates.length; start += WRITES_AT_ONCE) {
      const batch = certificates.slice(start, start + WRITES_AT_ONCE);
      const outcomes = await Promise.allSettled(batch.map((files) => this.#parts.certificates.add(files)));
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    }
    await this.#parts.certificates.sync();
  }

  async #writeShards(generation: Generation, changes: readonly BindingChange[]): Promise<void> {
    const byShard = Map.groupBy(changes, shardOfBinding);
    for (const [shard, changed] of byShard) {
      const bindings = new Map(this.#parts.table.inShard(shard).map((binding) => [bindingText(binding), binding]));
      for (const { key, to } of changed) {
        if (to) bindings.set(bindingText({ key }), { key, ...to });
        else bindings.delete(bindingText({ key }));
      }
      await this.#parts.shards.write(shard, generation, [...bindings.values()]);
    }
    if (byShard.size > 0) await this.#parts.shards.sync();
  }

  /** Keys that nothing can serve any more do not stay on disk. Looks only at what a change let go: the others have not moved. */
  async #dropUnneeded(letGo: readonly CertificateId[]): Promise<void> {
    if (this.damagedShards.length > 0 || letGo.length === 0) return;
    const undoable = (await this.#parts.manifests.load(this.#current)) ?? [];
    const kept = new Set(certificatesIn([...undoable, ...(this.#staged ?? [])]));
    await this.#parts.certificates.removeAll(letGo.filter((id) => !kept.has(id) && !this.#parts.table.uses(id)));
  }

  /** After a start, whatever was left by a crash. A damaged shard hides what it needs: then nothing is deleted. */
  async #collectCertificates(): Promise<void> {
    if (this.damagedShards.length > 0) return;
    const undoable = (await this.#parts.manifests.load(this.#current)) ?? [];
    const served = [...this.bindings()].flatMap(({ certificates }) => certificates);
    const needed = [...served, ...certificatesIn(undoable), ...certificatesIn(this.#staged ?? [])];
    await this.#parts.certificates.removeAllBut(new Set(needed));
  }

  #unknown(generation: Generation): Result<never> {
    return err(problem('GENERATION_UNKNOWN', { generation, current: this.#current }));
  }
}
