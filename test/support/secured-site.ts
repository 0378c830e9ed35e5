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
    return new Watch({ address, port }, this.name, root);
  }

  /** Resolves when the order's certificate is proven, and everything rests. */
  async isServedBy(ask: Ask, orderId: string): Promise<void> {
    const { certificate } = await orderIs(ask, orderId, 'ISSUED');
    await waitFor(`${this.name} to be served by ${orderId}`, async () => {
      const { site } = await ask(
        `query ($id: ID!) { site(id: $id) { security { state } bindings { observation { fingerprint proven occasion } } } }`,
        { id: this.id },
      );
      const shown = site.bindings.map(({ observation }: { observation: { fingerprint?: string } }) => observation?.fingerprint);
      return site.security.state === 'SECURE' && shown.length > 0 && shown.every((seen: string) => seen === certificate?.fingerprint);
    });
    await this.rests();
    this.served.push(certificate!.fingerprint);
  }

  /** Nothing is under way any more. */
  async rests(): Promise<void> {
    await waitFor('everything to rest', async () => {
      const [open] = await rows<{ n: number }>(
        this.machine.database.url,
        `SELECT (SELECT count(*) FROM deployments WHERE finished_at IS NULL)
              + (SELECT count(*) FROM orders WHERE finished_at IS NULL OR presented <> '[]')
              + (SELECT count(*) FROM claims WHERE expires_at > now()) AS n`,
      );
      return Number(open?.n) === 0;
    });
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
