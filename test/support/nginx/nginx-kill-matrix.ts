/** An installer's process that dies at a step of a change, and what nginx serves then, after a start too, and after the next worker. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Change, Serving } from '../../../src/adapters/installers/installer.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa, type TestCertificate } from '../pki/certificates.js';
import { handshake } from '../tls/handshake.js';
import { installOnNginx, putAt, startTestNginx, type TestNginx } from './nginx.js';

/** In two shards, so that half a change could be seen. */
const NAMES = ['first.example', 'second.example'] as const;

export class NginxKillMatrix {
  #fence = 1;
  #served: TestCertificate;

  private constructor(
    private readonly nginx: TestNginx,
    private readonly pair: readonly [TestCertificate, TestCertificate],
    private readonly serving: Serving,
  ) {
    this.#served = pair[0];
  }

  static async start(serving: Serving = 'FILES'): Promise<NginxKillMatrix> {
    const [nginx, ca] = [await startTestNginx({ serving }), await makeCa()];
    const matrix = new NginxKillMatrix(nginx, [await ca.issue({ names: NAMES }), await ca.issue({ names: NAMES })], serving);
    // Twice, so that the change that dies prunes something too.
    await installOnNginx(nginx.installer, matrix.#change(matrix.pair[1]));
    await installOnNginx(nginx.installer, matrix.#change(matrix.pair[0]));
    unwrap(await nginx.installer.prune(matrix.#fence));
    return matrix;
  }

  stop = () => this.nginx.stop();

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
    await this.#showsOneOf([old, fresh], `served by the running nginx, killed at ${step}`);
    await this.nginx.kill();
    await this.nginx.start();
    await this.#showsOneOf([old, fresh], `served after a start, killed at ${step}`);

    // The next worker finds it served, or stages and applies it: as deployments does.
    this.#fence++;
    const { installer } = this.nginx;
    const inventory = unwrap(await installer.inventory());
    const isCurrent = inventory.bindings.every(({ fingerprints }) => fingerprints[0] === fresh.fingerprint);
    if (isCurrent) unwrap(await installer.apply(inventory.generation, this.#fence));
    else await installOnNginx(installer, this.#change(fresh), this.#fence);
    expect([...(await this.#shown())]).toEqual([fresh.fingerprint]);
    unwrap(await installer.prune(this.#fence));
    this.#served = fresh;
  }

  /** Never nobody's. From files it is the same for all names; by name each moves on its own, and half of a change waits for the next worker. */
  async #showsOneOf(certificates: readonly TestCertificate[], when: string): Promise<void> {
    const seen = await this.#shown();
    for (const each of seen)
      expect(
        certificates.map(({ fingerprint }) => fingerprint),
        when,
      ).toContain(each);
    if (this.serving === 'FILES') expect(seen.size).toBe(1);
  }

  async #shown(): Promise<ReadonlySet<string>> {
    const { address, httpsPort: port } = this.nginx.listeners[0];
    const seen = await Promise.all(NAMES.map((name) => handshake({ address, port }, name)));
    return new Set(seen.map(({ fingerprint }) => fingerprint));
  }

  async #run(certificate: TestCertificate, dieAt: number | undefined): Promise<{ signal: string | null; output: string }> {
    const { place, listeners, directory } = this.nginx;
    const put = this.#change(certificate).put.map((each) => ({
      ...each,
      certificates: each.certificates.map((files) => ({ ...files, key: files.key.revealText() })),
    }));
    const told = JSON.stringify({ place, listeners, serving: this.serving, put, fence: ++this.#fence, dieAt, below: directory });
    const child = spawn(process.execPath, [join(import.meta.dirname, 'nginx-change.mjs'), told], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { signal, output };
  }

  #change = (certificate: TestCertificate): Change => putAt(this.nginx, Object.fromEntries(NAMES.map((name) => [name, [certificate]])));
  #other = (): TestCertificate => (this.#served === this.pair[0] ? this.pair[1] : this.pair[0]);
}
