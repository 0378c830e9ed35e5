/**
 * What is kept of a cPanel server's generations: cPanel itself has none. One row, changed by compare and set, so that every step of a
 * generation is taken whole, and by nobody who was overtaken; and a sealed text with the keys of each generation.
 *
 * `moving` is the generation above `current` that may be there in part: it is written before the first website is touched, and taken
 * away after the last one shows what it shall.
 */
import { createHash } from 'node:crypto';
import type { CertificateName } from '../../../values/hostname.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { Secret } from '../../../values/secret.js';
import type { MemberState, Versioned } from '../../member-state.js';
import type { BindingKey, Generation } from '../installer.js';
import type { Material } from './website.js';

export type SiteChange = {
  readonly user: string;
  readonly servername: string;
  /** All that the website answers for. */
  readonly names: readonly CertificateName[];
  /** Those of the change. */
  readonly keys: readonly BindingKey[];
  /** Fingerprints of the leaves; undefined where there is no certificate before, or shall be none after. */
  readonly before?: string;
  readonly after?: string;
};
/** `bindingKeyText`, and why its binding cannot be served here. */
export type Refusal = { readonly subject: string; readonly why: string };

export type KeptGeneration = {
  readonly number: Generation;
  /** The name of the sealed text. */
  readonly secret: string;
  readonly sites: readonly SiteChange[];
  readonly refusals: readonly Refusal[];
};
export type Row = {
  readonly fence: number;
  readonly current: Generation;
  readonly moving?: Generation;
  readonly generations: readonly KeptGeneration[];
  /** Sealed texts that are there, or are about to be. */
  readonly secrets: readonly string[];
};
/** By server name. */
export type Materials = ReadonlyMap<string, { readonly before?: Material; readonly after?: Material }>;

const KEY = 'generations';
const EMPTY: Row = { fence: 0, current: 0, generations: [], secrets: [] };

export class GenerationBook {
  constructor(private readonly state: MemberState) {}

  async read(): Promise<Row> {
    return (await this.newest())?.body ?? EMPTY;
  }

  /** The row after the change. STALE_FENCE where a higher token was seen, at whatever moment it came. */
  async change(fence: number, change: (row: Row) => Row): Promise<Result<Row>> {
    for (;;) {
      const kept = await this.newest();
      const row = kept?.body ?? EMPTY;
      if (fence < row.fence) return err(problem('STALE_FENCE', { fence, newest: row.fence }));
      const changed = change(row);
      if (kept && changed === row && fence === row.fence) return ok(row);
      const next = { ...changed, fence };
      // Each lost round is another writer's progress.
      if (kept ? await this.state.replace(KEY, next, kept.version) : await this.state.create(KEY, next)) return ok(next);
    }
  }

  /** Still the newest? Asked right before each call that changes something on the server. */
  async holds(fence: number): Promise<Result<void>> {
    const { fence: newest } = await this.read();
    return fence < newest ? err(problem('STALE_FENCE', { fence, newest })) : ok(undefined);
  }

  /** Puts it in the place of one with its number. Its keys are sealed first, under a name that the row knows already. */
  async keep(generation: Omit<KeptGeneration, 'secret'>, materials: Materials, fence: number): Promise<Result<Row>> {
    const text = written(materials);
    // With the fence in it, so that nobody else ever means the same one.
    const secret = `generation/${generation.number}/${fence}/${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    const announced = await this.change(fence, (row) => ({ ...row, secrets: [...new Set([...row.secrets, secret])] }));
    if (!announced.ok) return announced;
    await this.state.createSecret(secret, Secret.of(text));
    return this.change(fence, (row) => ({
      ...row,
      generations: [...row.generations.filter(({ number }) => number !== generation.number), { ...generation, secret }],
    }));
  }

  async materials({ secret }: KeptGeneration): Promise<Materials> {
    const text = await this.state.secret(secret);
    if (!text) throw new Error(`the keys of ${secret} are gone`);
    return read(text);
  }

  /** Forgets generations, and the keys that none of the others needs. */
  async forget(which: (number: Generation, row: Row) => boolean, fence: number): Promise<Result<void>> {
    const changed = await this.change(fence, (row) => ({
      ...row,
      generations: row.generations.filter(({ number }) => !which(number, row)),
    }));
    if (!changed.ok) return changed;
    const needed = new Set(changed.value.generations.map(({ secret }) => secret));
    const idle = changed.value.secrets.filter((secret) => !needed.has(secret));
    for (const secret of idle) await this.state.forgetSecret(secret);
    const forgotten = await this.change(fence, (row) => ({ ...row, secrets: row.secrets.filter((secret) => !idle.includes(secret)) }));
    return forgotten.ok ? ok(undefined) : forgotten;
  }

  private newest(): Promise<Versioned<Row> | undefined> {
    return this.state.read<Row>(KEY);
  }
}

type WrittenMaterial = { readonly certificate: string; readonly chain: string; readonly key: string };
type Written = readonly { readonly servername: string; readonly before?: WrittenMaterial; readonly after?: WrittenMaterial }[];

function written(materials: Materials): string {
  const opened = (material: Material | undefined) => material && { ...material, key: material.key.revealText() };
  const all: Written = [...materials].map(([servername, { before, after }]) => ({
    servername,
    before: opened(before),
    after: opened(after),
  }));
  return JSON.stringify(all);
}

function read(text: Secret): Materials {
  const closed = (material: WrittenMaterial | undefined) => material && { ...material, key: Secret.of(material.key) };
  const all = JSON.parse(text.revealText()) as Written;
  return new Map(all.map(({ servername, before, after }) => [servername, { before: closed(before), after: closed(after) }]));
}
