/** A site on a Machine, from its first proven certificate on; and whether all came to rest as it must, seen from outside of the API too. */
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { caRegister } from './ca-register.js';
import { rows } from './database.js';
import { unwrap } from '../../src/values/result.js';
import { freshKey } from './app.js';
import type { ApiProcess, Machine } from './process.js';
import { addDomain, createSite, orderIs, placeOrder, type Ask } from './story.js';
import { waitFor } from './wait-for.js';
import { Watch } from './watch.js';

export class SecuredSite {
  private readonly served: string[] = [];

  private constructor(
    private readonly machine: Machine,
    readonly id: string,
    readonly name: string,
  ) {}

  /** With a first certificate, proven. */
  static async on(machine: Machine, api: ApiProcess, name: string): Promise<SecuredSite> {
    await addDomain(api.ask);
    const site = new SecuredSite(machine, await createSite(api.ask, name), name);
    await site.isServedBy(api.ask, await site.order(api.ask));
    return site;
  }

  order(ask: Ask, key = freshKey()): Promise<string> {
    return placeOrder(ask, this.id, key);
  }

  /** A stranger that begins to look. */
  watch(): Watch {
    const { address, httpsPort: port } = this.machine.edge.listeners[0]!;
    const root = fs.readFileSync(path.join(this.machine.layout.home, 'root.pem'), 'utf8');
    return new Watch({ address, port }, this.name, root, 25);
  }

  /** Resolves when the order's certificate is proven, and everything rests. */
  async isServedBy(ask: Ask, orderId: string, limitMs?: number): Promise<void> {
    const { certificate } = await orderIs(ask, orderId, 'ISSUED', limitMs);
    await waitFor(
      `${this.name} to be served by ${orderId}`,
      async () => {
        const { site } = await ask(
          `query ($id: ID!) { site(id: $id) { security { state } bindings { observation { fingerprint proven occasion } } } }`,
          { id: this.id },
        );
        const shown = site.bindings.map(({ observation }: { observation: { fingerprint?: string } }) => observation?.fingerprint);
        return site.security.state === 'SECURE' && shown.length > 0 && shown.every((seen: string) => seen === certificate?.fingerprint);
      },
      limitMs,
    );
    await this.rests(limitMs);
    this.served.push(certificate!.fingerprint);
  }

  /** An order during which one process hangs at that point, another finishes it, and the first wakes up and comes to its end. */
  async isFinishedBesides(point: string): Promise<void> {
    const key = freshKey();
    const hanging = await this.machine.run({ signal: 'SIGSTOP', at: point });
    // Its answer may hang as well: the same key again, at the other.
    const placed = this.order(hanging.ask, key).catch(() => undefined);
    await hanging.isStopped();
    const other = await this.machine.run();
    await this.isServedBy(other.ask, await this.order(other.ask, key));
    hanging.signal('SIGCONT');
    await placed;
    hanging.signal('SIGTERM');
    await hanging.ended;
    expect(hanging.reached()).toContain(point.replace('intended', 'done'));
    await this.rests();
    await other.kill();
  }

  /** Nothing is under way any more. */
  async rests(limitMs?: number): Promise<void> {
    await waitFor(
      'everything to rest',
      async () => {
        const [open] = await rows<{ n: number }>(
          this.machine.database.url,
          `SELECT (SELECT count(*) FROM deployments WHERE finished_at IS NULL)
              + (SELECT count(*) FROM orders WHERE finished_at IS NULL OR presented <> '[]')
              + (SELECT count(*) FROM claims WHERE expires_at > now()) AS n`,
        );
        return Number(open?.n) === 0;
      },
      limitMs,
    );
  }

  /** One order and one certificate at the CA for each order placed; no challenge left; the edge has what was served last. */
  async leftNothingBehind(): Promise<void> {
    const { orders, certificates } = await caRegister(this.machine.database.url, this.name);
    expect(orders.length).toBe(this.served.length);
    expect(certificates.length).toBe(this.served.length);
    expect(this.challengeFiles()).toEqual([]);
    const { bindings } = unwrap(await this.machine.edge.installer.inventory());
    expect(bindings.find(({ key }) => key.name === this.name)?.fingerprints).toEqual([this.served.at(-1)]);
  }

  /** Over the whole time, whoever connected saw the certificates in the order in which they were proven, and nothing else. */
  async wasNeverWorse(watch: Watch): Promise<void> {
    await waitFor('the newest certificate to be seen', () => Promise.resolve(watch.shown.at(-1) === this.served.at(-1)));
    const { failures, shown } = await watch.stop();
    expect(failures).toEqual([]);
    expect(shown).toEqual(this.served.slice(-shown.length));
  }

  challengeFiles(): string[] {
    return fs.readdirSync(path.join(this.machine.edge.options.home, 'challenges'));
  }
}
