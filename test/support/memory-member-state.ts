/** A MemberState in memory, as strict as the database: bodies go through JSON, versions are compared, names are taken once. */
import type { MemberState, Versioned } from '../../src/adapters/member-state.js';
import type { Secret } from '../../src/values/secret.js';

export class MemoryMemberState implements MemberState {
  private readonly bodies = new Map<string, { json: string; version: number }>();
  private readonly secrets = new Map<string, Secret>();
  private writes = 0;
  private fault: { atWrite: number; when: 'BEFORE' | 'AFTER' } | undefined;

  /** As a kill would: the `nth` write from now on throws, before or after it is kept. */
  dieAtWrite(nth: number, when: 'BEFORE' | 'AFTER'): void {
    this.fault = { atWrite: this.writes + nth, when };
  }

  /** False where the fault was never reached. */
  died(): boolean {
    const reached = this.fault !== undefined && this.writes >= this.fault.atWrite;
    this.fault = undefined;
    return reached;
  }

  async read<T>(key: string): Promise<Versioned<T> | undefined> {
    const kept = this.bodies.get(key);
    return kept && { body: JSON.parse(kept.json) as T, version: kept.version };
  }

  create(key: string, body: unknown): Promise<boolean> {
    return this.write(() => {
      if (this.bodies.has(key)) return false;
      this.bodies.set(key, { json: JSON.stringify(body), version: 1 });
      return true;
    });
  }

  replace(key: string, body: unknown, version: number): Promise<boolean> {
    return this.write(() => {
      if (this.bodies.get(key)?.version !== version) return false;
      this.bodies.set(key, { json: JSON.stringify(body), version: version + 1 });
      return true;
    });
  }

  async list<T>(prefix: string, limit: number, after = ''): Promise<readonly { key: string; body: T }[]> {
    return [...this.bodies]
      .filter(([key]) => key.startsWith(prefix) && key > after)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([key, { json }]) => ({ key, body: JSON.parse(json) as T }));
  }

  createSecret(name: string, secret: Secret): Promise<boolean> {
    return this.write(() => {
      if (this.secrets.has(name)) return false;
      this.secrets.set(name, secret);
      return true;
    });
  }

  async secret(name: string): Promise<Secret | undefined> {
    return this.secrets.get(name);
  }

  async forgetSecret(name: string): Promise<void> {
    await this.write(() => this.secrets.delete(name));
  }

  /** Names of the secrets that are kept. */
  secretNames(): readonly string[] {
    return [...this.secrets.keys()];
  }

  private async write(keep: () => boolean): Promise<boolean> {
    this.writes += 1;
    const dies = this.fault?.atWrite === this.writes ? this.fault.when : undefined;
    if (dies === 'BEFORE') throw new Error('killed before the write');
    const kept = keep();
    if (dies === 'AFTER') throw new Error('killed after the write');
    return kept;
  }
}
