/** A site on a Machine, from its first proven certificate on; and whether all came to rest as it must, seen from outside of the API too. */
import { expect } from 'vitest';
import { rows } from './database.js';
import { freshKey } from './app.js';
import { builtInGround, type Ground } from './ground.js';
import type { ApiProcess, Machine } from './process.js';
import { addDomain, createSite, orderIs, placeOrder, type Ask } from './story.js';
import { waitFor } from './suite/wait-for.js';
import { Watch } from './tls/watch.js';

export class SecuredSite {
  private readonly served: string[] = [];

  private constructor(
    private readonly machine: Machine,
    private readonly ground: Ground,
    readonly id: string,
    readonly name: string,
  ) {}

  /** With a first certificate, proven. */
  static async on(machine: Machine, api: ApiProcess, host: string, ground = builtInGround(machine)): Promise<SecuredSite> {
    await addDomain(api.ask, ground.domain);
    const name = `${host}.${ground.domain}`;
    const site = new SecuredSite(machine, ground, await createSite(api.ask, [name], ground.serverId), name);
    await site.isServedBy(api.ask, await site.order(api.ask));
    return site;
  }

  order(ask: Ask, key = freshKey()): Promise<string> {
    return placeOrder(ask, this.id, key);
  }

  /** A stranger that begins to look. */
  watch(): Watch {
    return new Watch(this.ground.place, this.name, this.ground.root(), 25);
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

  /** One order and one certificate at the CA for each order placed; no challenge and no key left; the server has what was served last. */
  async leftNothingBehind(): Promise<void> {
    expect(await this.ground.atCa(this.name)).toEqual({ orders: this.served.length, certificates: this.served.length });
    expect(this.ground.challengeFiles()).toEqual([]);
    expect(await rows(this.machine.database.url, KEYS_OF_NO_CERTIFICATE)).toEqual([]);
    expect(await this.ground.served(this.name)).toEqual([this.served.at(-1)]);
  }

  /** Over the whole time, whoever connected saw the certificates in the order in which they were proven, and nothing else. */
  async wasNeverWorse(watch: Watch): Promise<void> {
    await waitFor('the newest certificate to be seen', () => Promise.resolve(watch.shown.at(-1) === this.served.at(-1)));
    const { failures, shown } = await watch.stop();
    expect(failures).toEqual([]);
    const met = this.ground.reloads ? [...new Set(shown)] : shown;
    expect(met).toEqual(this.served.slice(-met.length));
  }
}

const KEYS_OF_NO_CERTIFICATE = `SELECT id FROM vault_items WHERE kind = 'CERTIFICATE_KEY' AND id NOT IN (SELECT key_item_id FROM certificates)`;
