/**
 * cPanel & WHM as an installer, over its API. cPanel has no generations, so they are ours: what a change replaces is kept, sealed, before
 * anything is sent, and is what an undo brings back. What is served is always asked of cPanel, never remembered.
 */
import type { Clock } from '../../../values/clock.js';
import type { Hostname } from '../../../values/hostname.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Prober } from '../../network/prober.js';
import type { ChallengeResponder, Change, Generation, Installer, Inventory, Listener, ServerCapabilities } from '../installer.js';
import type { CpanelApi } from './api/cpanel-api.js';
import { bring, findForeign, type Side } from './bring.js';
import { removeChallengeFile, writeChallenge } from './challenges.js';
import type { GenerationBook, KeptGeneration, Row } from './generation-book.js';
import { judge } from './judge.js';
import { checkChange } from './plan-generation.js';
import { untilSettled } from './settle.js';
import { planFor } from './stage-generation.js';
import { fingerprintOf } from './website.js';

export type CpanelServer = {
  /** What the panel calls it, for problems about it. */
  readonly serverName: string;
  readonly api: CpanelApi;
  readonly book: GenerationBook;
  /** Where its Apache answers, as cPanel knows the addresses. */
  readonly listeners: readonly Listener[];
  readonly prober: Prober;
  readonly clock: Clock;
  /** Milliseconds that a restart of Apache is waited for. */
  readonly settleMs: number;
};

export class CpanelInstaller implements Installer, ChallengeResponder {
  constructor(private readonly server: CpanelServer) {}

  capabilities(): Promise<Result<ServerCapabilities>> {
    return this.#named(async () => {
      const version = await this.server.api.version();
      if (!version.ok) return version;
      return ok({ software: 'cPanel', version: version.value, tlsLibrary: 'not told by its API', changesWithoutReload: false });
    });
  }

  /** Of all, whatever is asked for: cPanel lists its websites in one answer. */
  inventory(): Promise<Result<Inventory>> {
    return this.#named(async () => {
      const shown = await this.server.api.shown();
      if (!shown.ok) return shown;
      const bindings = shown.value.flatMap(({ names, addresses, certificate }) => {
        const fingerprint = fingerprintOf(certificate);
        const at = this.server.listeners.filter(({ address }) => addresses.includes(address));
        return at.flatMap(({ address, httpsPort: port }) =>
          names.map((name) => ({ key: { address, port, name }, fingerprints: fingerprint === undefined ? [] : [fingerprint] })),
        );
      });
      return ok({ generation: (await this.server.book.read()).current, bindings });
    });
  }

  stage(change: Change, fence: number): Promise<Result<Generation>> {
    return this.#asHolder(fence, async (row) => {
      const checked = checkChange(change, this.server.listeners);
      if (!checked.ok) return checked;
      // Of a change that nobody brought to its end, what was before is known now only.
      if (row.moving !== undefined) {
        const settled = await this.#goBack(row, row.moving, fence);
        if (!settled.ok) return settled;
      }
      const plan = await planFor(this.server.api, change);
      if (!plan.ok) return plan;
      const number = row.current + 1;
      const kept = await this.server.book.keep({ number, ...plan.value.generation }, plan.value.materials, fence);
      return kept.ok ? ok(number) : kept;
    });
  }

  test(generation: Generation): Promise<Result<void>> {
    return this.#named(async () => {
      const row = await this.server.book.read();
      const kept = keptIn(row, generation);
      if (kept) return judge(kept, await this.server.book.materials(kept), this.server.clock.now());
      return generation === row.current ? ok(undefined) : unknown(generation, row);
    });
  }

  apply(generation: Generation, fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async (row) => {
      if (generation === row.current) return ok(undefined);
      const kept = generation === row.current + 1 ? keptIn(row, generation) : undefined;
      if (!kept) return unknown(generation, row);
      if (row.moving === undefined) {
        // What nobody tested goes no further than here.
        const judged = judge(kept, await this.server.book.materials(kept), this.server.clock.now());
        if (!judged.ok) return judged;
        const foreign = await findForeign(this.server.api, kept.sites);
        if (!foreign.ok) return foreign;
        const moving = await this.server.book.change(fence, (now) => ({ ...now, moving: generation }));
        if (!moving.ok) return moving;
      }
      const brought = await this.#bring(kept, 'after', fence);
      if (!brought.ok) return brought;
      const arrived = await this.server.book.change(fence, ({ moving: _, ...now }) => ({ ...now, current: generation }));
      return arrived.ok ? ok(undefined) : arrived;
    });
  }

  undo(generation: Generation, fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async (row) => {
      if (generation === row.current && keptIn(row, generation)) return this.#goBack(row, generation, fence);
      if (generation !== row.current + 1) return unknown(generation, row);
      if (row.moving === generation) return this.#goBack(row, generation, fence);
      return this.server.book.forget((number) => number >= generation, fence);
    });
  }

  prune(fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, () => this.server.book.forget((number, { current }) => number < current, fence));
  }

  presentChallenge(name: Hostname, path: string, body: string): Promise<Result<void>> {
    return this.#named(() => writeChallenge(this.server.api, name, path, body));
  }

  removeChallenge(name: Hostname, path: string): Promise<Result<void>> {
    return this.#named(() => removeChallengeFile(this.server.api, name, path));
  }

  /** From a generation that is there, or there in part, to the one before it. */
  async #goBack(row: Row, generation: Generation, fence: number): Promise<Result<void>> {
    const kept = keptIn(row, generation);
    if (!kept) return unknown(generation, row);
    const leaving = await this.server.book.change(fence, (now) => ({ ...now, current: generation - 1, moving: generation }));
    if (!leaving.ok) return leaving;
    const brought = await this.#bring(kept, 'before', fence);
    if (!brought.ok) return brought;
    const left = await this.server.book.change(fence, ({ moving: _, ...now }) => now);
    return left.ok ? this.server.book.forget((number) => number >= generation, fence) : left;
  }

  async #bring(kept: KeptGeneration, side: Side, fence: number): Promise<Result<void>> {
    const { api, book, prober, settleMs } = this.server;
    const materials = await book.materials(kept);
    const brought = await bring(kept.sites, { api, materials, side, holds: () => book.holds(fence) });
    return brought.ok ? untilSettled(prober, brought.value, materials, side, settleMs) : brought;
  }

  /** Whoever holds a token that was overtaken hears it before anything else. */
  #asHolder<T>(fence: number, work: (row: Row) => Promise<Result<T>>): Promise<Result<T>> {
    return this.#named(async () => {
      const row = await this.server.book.change(fence, (now) => now);
      return row.ok ? work(row.value) : row;
    });
  }

  async #named<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    const outcome = await work();
    if (outcome.ok) return outcome;
    const name = (each: Problem): Problem => ({
      ...each,
      facts: { ...each.facts, server: this.server.serverName },
      sub: each.sub.map(name),
    });
    return err(name(outcome.problem));
  }
}

const keptIn = ({ generations }: Row, number: Generation): KeptGeneration | undefined => generations.find((each) => each.number === number);

const unknown = (generation: Generation, { current }: Row): Result<never> => err(problem('GENERATION_UNKNOWN', { generation, current }));
