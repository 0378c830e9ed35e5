import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeAddressGuard } from '../../../src/adapters/network/dialing/address-guard.js';
import { type Dialer, makeDialer } from '../../../src/adapters/network/dialing/dialer.js';
import { HostLimits } from '../../../src/adapters/network/probe/host-limits.js';
import { makeProber } from '../../../src/adapters/network/probe/prober.js';
import { makeSiteChecker } from '../../../src/adapters/network/probe/check/site-checker.js';
import { makeResolver } from '../../../src/adapters/network/dialing/resolver.js';
import { SystemRandom } from '../../../src/platform/random.js';
import { instant } from '../../../src/values/instant.js';
import { Listeners } from '../../support/listen.js';
import { ip } from '../../support/network.js';

const here = ip('127.0.0.1');
const there = ip('127.0.0.2');

describe('the prober', () => {
  const listeners = new Listeners();
  afterEach(() => listeners.stop());

  /** Counts on our side of the wire: the other side hears of an end only later. */
  function counting() {
    const guard = makeAddressGuard([{ address: here }, { address: there }]);
    const dialer = makeDialer({ guard, resolver: makeResolver({ servers: [] }) });
    const sockets = new Set<net.Socket>();
    const count = { dialling: 0, most: 0 };
    const counted: Dialer = {
      async connect(...args) {
        count.dialling++;
        const open = [...sockets].filter(({ closed }) => !closed).length;
        count.most = Math.max(count.most, count.dialling + open);
        const dialled = await dialer.connect(...args);
        count.dialling--;
        if (dialled.ok) sockets.add(dialled.value);
        return dialled;
      },
    };
    const means = { dialer: counted, clock: { now: () => instant(0) }, random: new SystemRandom(), limits: new HostLimits() };
    return {
      count,
      prober: makeProber({ ...means, timeoutMs: 10_000 }),
      checker: makeSiteChecker({ ...means, guard, resolver: makeResolver({ servers: [] }) }),
    };
  }

  /** Holds every connection until `release` is called, then closes them all. */
  async function gate(host: string, wanted: number) {
    const held = new Set<net.Socket>();
    const full = Promise.withResolvers<void>();
    let open = false;
    const server = net.createServer((socket) => {
      held.add(socket);
      socket.on('close', () => held.delete(socket)).resume();
      if (open) socket.end();
      else if (held.size === wanted) full.resolve();
    });
    const port = await listeners.listen(server, { host, port: 0 });
    return {
      port,
      full: full.promise,
      release() {
        open = true;
        held.forEach((socket) => socket.end());
      },
    };
  }

  it('observes in the order it was asked, four at once per address, other calls counted in', async () => {
    const { port, full, release } = await gate('127.0.0.1', 4);
    const { prober: one, count } = counting();
    const targets = Array.from({ length: 6 }, () => ({ address: here, port }));
    const both = Promise.all([one.observeAll(targets), one.observeAll(targets), one.observe({ address: here, port })]);
    await full;
    release();
    const [first, second, single] = await both;
    expect(count.most).toBe(4);
    expect([...first, ...second, single].map(({ failure }) => failure?.code)).toEqual(Array(13).fill('CONNECTION_CLOSED'));
  });

  it('is at an address no more than four at once together with checks of it', async () => {
    const { port, full, release } = await gate('127.0.0.1', 4);
    const { prober, checker, count } = counting();
    const both = Promise.all([
      prober.observeAll(Array.from({ length: 6 }, () => ({ address: here, port }))),
      checker.check({ address: here, port, pace: 'OURS' }),
      checker.check({ address: here, port, pace: 'OURS' }),
    ]);
    await full;
    release();
    await both;
    expect(count.most).toBe(4);
  });

  it('lets a slow address keep only itself waiting', async () => {
    const slow = await gate('127.0.0.1', 4);
    const quick = await gate('127.0.0.2', 1);
    quick.release();
    const { prober: one } = counting();
    const waiting = one.observeAll(Array.from({ length: 9 }, () => ({ address: here, port: slow.port })));
    await slow.full;
    expect((await one.observe({ address: there, port: quick.port })).failure?.code).toBe('CONNECTION_CLOSED');
    slow.release();
    expect(await waiting).toHaveLength(9);
  });

  it('does one at a time where it is told to, and keeps the order of the targets', async () => {
    const { port, release } = await gate('127.0.0.1', 1);
    release();
    const closed = await listeners.closedPort();
    const targets = [port, closed, port, closed].map((to) => ({ address: here, port: to }));
    const { prober, count } = counting();
    const seen = await prober.observeAll(targets, { concurrency: 1 });
    expect(seen.map(({ target }) => target)).toEqual(targets);
    expect(seen.map(({ failure }) => failure?.code)).toEqual([
      'CONNECTION_CLOSED',
      'CONNECTION_REFUSED',
      'CONNECTION_CLOSED',
      'CONNECTION_REFUSED',
    ]);
    expect(count.most).toBe(1);
  });
});
