import { createHash } from 'node:crypto';
import { createServer as createHttps } from 'node:https';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeAddressGuard } from '../../../src/adapters/network/dialing/address-guard.js';
import { type Dialer, makeDialer } from '../../../src/adapters/network/dialing/dialer.js';
import { HostLimits } from '../../../src/adapters/network/probe/host-limits.js';
import { makeProber } from '../../../src/adapters/network/probe/prober.js';
import { makeSiteChecker } from '../../../src/adapters/network/probe/check/site-checker.js';
import type { Prober } from '../../../src/adapters/network/prober.js';
import { makeResolver } from '../../../src/adapters/network/dialing/resolver.js';
import type { HandshakeTarget, Observation } from '../../../src/cores/tls/observation.js';
import { SystemRandom } from '../../../src/platform/random.js';
import { instant } from '../../../src/values/instant.js';
import { Listeners } from '../../support/listen.js';
import { ip, loopbackDialer } from '../../support/network.js';
import { makeCa } from '../../support/pki/certificates.js';
import { SHOP } from '../../support/tls/site-checker.js';

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

  it('is at an address four at once, other calls counted in', async () => {
    const { port, full, release } = await gate('127.0.0.1', 4);
    const { prober: one, count } = counting();
    const targets = Array.from({ length: 6 }, () => ({ address: here, port }));
    const both = Promise.all([swept(one, targets), swept(one, targets), one.observe({ address: here, port })]);
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
      swept(
        prober,
        Array.from({ length: 6 }, () => ({ address: here, port })),
      ),
      checker.check({ address: here, port, pace: 'OURS' }),
      checker.check({ address: here, port, pace: 'OURS' }),
    ]);
    await full;
    release();
    await both;
    expect(count.most).toBe(4);
  });

  it('lets a slow address keep only itself waiting: in a sweep the others are told while it hangs', async () => {
    const slow = await gate('127.0.0.1', 4);
    const quick = await gate('127.0.0.2', 1);
    quick.release();
    const { prober } = counting();
    const hanging = Array.from({ length: 200 }, () => ({ address: here, port: slow.port }));
    const others = Array.from({ length: 200 }, () => ({ address: there, port: quick.port }));
    const told: HandshakeTarget[] = [];
    for await (const batch of prober.sweep([...hanging, ...others])) {
      told.push(...batch.map(({ target }) => target));
      if (told.length !== others.length) continue;
      expect(told).toEqual(others);
      await slow.full;
      slow.release();
    }
    expect(told).toHaveLength(400);
  });
});

describe('a sweep', () => {
  const listeners = new Listeners();
  afterEach(() => listeners.stop());
  const prober = makeProber({
    ...{ dialer: loopbackDialer(), clock: { now: () => instant(0) }, random: new SystemRandom() },
    timeoutMs: 10_000,
  });

  it('tells each target with what was seen there, and holds no more of them than a thousand', async () => {
    const { keyPem, chainPem, fingerprint } = await (await makeCa()).issue({ names: [SHOP] });
    const port = await listeners.listen(createHttps({ key: keyPem, cert: chainPem }));
    const closed = await listeners.closedPort();
    let taken = 0;
    function* targets() {
      for (; taken < 1_500; taken++) yield { address: here, port: taken % 10 === 0 ? port : closed, servername: SHOP, number: taken };
    }
    const told = new Set<number>();
    for await (const batch of prober.sweep(targets())) {
      expect(taken - told.size).toBeLessThanOrEqual(1_000);
      expect(batch.length).toBeLessThanOrEqual(200);
      for (const { target, observation } of batch) {
        told.add(target.number);
        expect(observation.target).toEqual({ address: here, port: target.port, servername: SHOP });
        if (target.port === closed) expect(observation.failure?.code).toBe('CONNECTION_REFUSED');
        else expect(observation.session?.chain[0] && fingerprintOf(observation.session.chain[0])).toBe(fingerprint);
      }
    }
    expect(told.size).toBe(1_500);
  });

  it('shows the same of a server as a handshake alone, with a name and without, also where the server wants another group', async () => {
    const { keyPem, chainPem } = await (await makeCa()).issue({ names: [SHOP] });
    const server = { key: keyPem, cert: chainPem, ecdhCurve: 'X25519' };
    const ports = await Promise.all([server, { ...server, ecdhCurve: 'P-384' }].map((options) => listeners.listen(createHttps(options))));
    const targets = ports.flatMap((port) => [
      { address: here, port, servername: SHOP },
      { address: here, port },
    ]);
    const alone = await Promise.all(targets.map((target) => prober.observe(target)));
    const timeless = ({ steps, session, failure }: Observation) => ({
      steps: steps.map((step) => ({ ...step, afterMs: 0 })),
      session,
      failure,
    });
    expect((await swept(prober, targets)).map(timeless)).toEqual(alone.map(timeless));
    expect(alone.map(({ session }) => session?.group)).toEqual(['x25519', 'x25519', 'secp384r1', 'secp384r1']);
  });

  it('that is called off ends at once, cuts off what is under way, and tells nothing of it', async () => {
    const open = new Set<net.Socket>();
    const called = new AbortController();
    const server = net.createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
      socket.once('data', () => called.abort());
    });
    const port = await listeners.listen(server);
    const targets = Array.from({ length: 9 }, () => ({ address: here, port }));
    for await (const batch of prober.sweep(targets, { signal: called.signal })) expect(batch).toBeUndefined();
    await expect.poll(() => open.size).toBe(0);
    for await (const batch of prober.sweep(targets, { signal: called.signal })) expect(batch).toBeUndefined();
  });

  it('tells what its source threw, when all that came before is told', async () => {
    const closed = await listeners.closedPort();
    async function* targets() {
      yield await Promise.resolve({ address: here, port: closed });
      throw new Error('the database is away');
    }
    const codes: (string | undefined)[] = [];
    const all = async () => {
      for await (const batch of prober.sweep(targets())) codes.push(...batch.map(({ observation }) => observation.failure?.code));
    };
    await expect(all()).rejects.toThrow('the database is away');
    expect(codes).toEqual(['CONNECTION_REFUSED']);
  });
});

/** In the order of `targets`. */
async function swept(prober: Prober, targets: readonly HandshakeTarget[]): Promise<readonly Observation[]> {
  const seen = new Map<HandshakeTarget, Observation>();
  for await (const batch of prober.sweep(targets)) for (const { target, observation } of batch) seen.set(target, observation);
  return targets.map((target) => seen.get(target)!);
}

const fingerprintOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');
