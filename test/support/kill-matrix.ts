/** An installer's process that dies at a step of a change, and what its server serves then, after a start too, and after the next worker. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Change, Installer, Listener, Serving } from '../../src/adapters/installers/installer.js';
import { unwrap } from '../../src/values/result.js';
import { putAt } from './nginx/nginx.js';
import { makeCa, type TestCertificate } from './pki/certificates.js';
import { handshake } from './tls/handshake.js';

/** What of a server of a test is needed. */
type Server = {
  readonly directory: string;
  readonly place: unknown;
  readonly listeners: readonly [Listener, Listener];
  readonly installer: Installer;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** In two shards, so that half a change could be seen. */
const NAMES = ['first.example', 'second.example'] as const;

export class KillMatrix {
  #fence = 1;
  #served: TestCertificate;

  private constructor(
    private readonly kind: string,
    private readonly server: Server,
    private readonly oneByOne: boolean,
    private readonly pair: readonly [TestCertificate, TestCertificate],
    private readonly serving: Serving,
  ) {
    this.#served = pair[0];
  }

  /** `oneByOne`: while it runs it changes a name at a time. Each is old or new, but only a start has all of them; by name not even that, for half of a change waits for the next worker. */
  static async start(
    kind: string,
    server: Server,
    { oneByOne = false, serving = 'FILES' }: { oneByOne?: boolean; serving?: Serving } = {},
  ): Promise<KillMatrix> {
    const ca = await makeCa();
    const pair = [await ca.issue({ names: NAMES }), await ca.issue({ names: NAMES })] as const;
    const matrix = new KillMatrix(kind, server, oneByOne, pair, serving);
    // Twice, so that the change that dies prunes something too.
    await matrix.#install(matrix.pair[1]);
    await matrix.#install(matrix.pair[0]);
    unwrap(await server.installer.prune(matrix.#fence));
    return matrix;
  }

  stop = () => this.server.stop();

  /** How many steps a change has that nobody disturbs. */
  async steps(): Promise<number> {
    const fresh = this.#other();
    const { signal, output } = await this.#run(fresh, undefined);
    expect(signal).toBeNull();
    this.#served = fresh;
    return Number(output);
  }

  async dieAt(step: number): Promise<void> {
    const [old, fresh] = [this.#served, this.#other()];
    expect((await this.#run(fresh, step)).signal).toBe('SIGKILL');
    for (const running of this.oneByOne || this.serving === 'BY_NAME' ? await this.#seen() : [await this.#shown()])
      expect([old.fingerprint, fresh.fingerprint], `served by the running server, killed at ${step}`).toContain(running);
    await this.server.kill();
    await this.server.start();
    for (const started of this.serving === 'BY_NAME' ? await this.#seen() : [await this.#shown()])
      expect([old.fingerprint, fresh.fingerprint], `served after a start, killed at ${step}`).toContain(started);

    // The next worker finds it served, or stages and applies it: as deployments does.
    this.#fence++;
    const { installer } = this.server;
    const inventory = unwrap(await installer.inventory());
    const isCurrent = inventory.bindings.every(({ fingerprints }) => fingerprints[0] === fresh.fingerprint);
    if (isCurrent) unwrap(await installer.apply(inventory.generation, this.#fence));
    else await this.#install(fresh);
    expect(await this.#shown()).toBe(fresh.fingerprint);
    unwrap(await installer.prune(this.#fence));
    this.#served = fresh;
  }

  /** Stages, tests and applies. */
  async #install(certificate: TestCertificate): Promise<void> {
    const { installer } = this.server;
    const generation = unwrap(await installer.stage(this.#change(certificate), this.#fence));
    unwrap(await installer.test(generation));
    unwrap(await installer.apply(generation, this.#fence));
  }

  /** The one certificate of all names: half of a change is a failure. */
  async #shown(): Promise<string> {
    const seen = await this.#seen();
    expect(new Set(seen).size).toBe(1);
    return seen[0]!;
  }

  async #seen(): Promise<readonly string[]> {
    const { address, httpsPort: port } = this.server.listeners[0];
    const seen = await Promise.all(NAMES.map((name) => handshake({ address, port }, name)));
    return seen.map(({ fingerprint }) => fingerprint);
  }

  async #run(certificate: TestCertificate, dieAt: number | undefined): Promise<{ signal: string | null; output: string }> {
    const { place, listeners, directory } = this.server;
    const put = this.#change(certificate).put.map((each) => ({
      ...each,
      certificates: each.certificates.map((files) => ({ ...files, key: files.key.revealText() })),
    }));
    const { kind, serving } = this;
    const told = JSON.stringify({ kind, place, listeners, serving, put, fence: ++this.#fence, dieAt, below: directory });
    const child = spawn(process.execPath, [join(import.meta.dirname, 'dying-change.mjs'), told], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { signal, output };
  }

  #change = (certificate: TestCertificate): Change => putAt(this.server, Object.fromEntries(NAMES.map((name) => [name, [certificate]])));
  #other = (): TestCertificate => (this.#served === this.pair[0] ? this.pair[1] : this.pair[0]);
}
