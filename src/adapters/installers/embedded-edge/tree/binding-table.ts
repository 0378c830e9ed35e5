/** Every binding that is served, in memory: found by its key at each handshake, and by its shard when a change is written. */
import { createHash } from 'node:crypto';
import { bindingKeyText, type BindingKey } from '../../installer.js';
import { bindingText, type Bound, type CertificateId, type StoredBinding } from '../wire/stored-binding.js';

export class BindingTable {
  readonly #byKey = new Map<string, StoredBinding>();
  readonly #shards = new Map<string, Set<string>>();
  /** How many bindings show a certificate. */
  readonly #uses = new Map<CertificateId, number>();

  /** `text` is a `bindingKeyText`. */
  at(text: string): StoredBinding | undefined {
    return this.#byKey.get(text);
  }

  set(key: BindingKey, bound: Bound | undefined): void {
    const text = bindingKeyText(key);
    const shard = shardOf(text);
    const keys = this.#shards.get(shard) ?? new Set();
    this.#shards.set(shard, keys);
    this.#count(this.#byKey.get(text), -1);
    this.#count(bound, 1);
    if (bound) {
      this.#byKey.set(text, { key, ...bound });
      keys.add(text);
    } else {
      this.#byKey.delete(text);
      keys.delete(text);
    }
  }

  uses(certificate: CertificateId): boolean {
    return this.#uses.has(certificate);
  }

  inShard(shard: string): readonly StoredBinding[] {
    return [...(this.#shards.get(shard) ?? [])].flatMap((text) => this.#byKey.get(text) ?? []);
  }

  all(): IterableIterator<StoredBinding> {
    return this.#byKey.values();
  }

  #count(bound: Bound | undefined, by: 1 | -1): void {
    for (const id of bound?.certificates ?? []) {
      const uses = (this.#uses.get(id) ?? 0) + by;
      if (uses > 0) this.#uses.set(id, uses);
      else this.#uses.delete(id);
    }
  }
}

/** 256 shards: one site at 10,000 rewrites a file of about 40 bindings. */
const shardOf = (keyText: string): string => createHash('sha256').update(keyText).digest('hex').slice(0, 2);
export const shardOfBinding = (binding: { readonly key: BindingKey }): string => shardOf(bindingText(binding));
