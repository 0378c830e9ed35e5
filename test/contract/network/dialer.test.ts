import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeAddressGuard } from '../../../src/adapters/network/dialing/address-guard.js';
import { makeDialer } from '../../../src/adapters/network/dialing/dialer.js';
import type { Resolver } from '../../../src/adapters/network/dialing/resolver.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { err, ok, unwrap } from '../../../src/values/result.js';
import { problem } from '../../../src/values/problems/problem.js';
import { Listeners } from '../../support/listen.js';
import { ip, loopbackDialer } from '../../support/network.js';

const shop = unwrap(parseHostname('shop.example.test'));
const within = { timeoutMs: 5_000 };

/** Answers each question with the next of `answers`, the last again and again: what a rebinding attacker's server does. */
function answering(...answers: readonly (readonly string[])[]): Resolver & { asked: number } {
  const resolver = {
    asked: 0,
    addresses: async () => ok((answers[Math.min(resolver.asked++, answers.length - 1)] ?? []).map(ip)),
  };
  return resolver;
}

describe('the dialer', () => {
  const listeners = new Listeners();
  afterEach(() => listeners.stop());
  const serve = () => listeners.listen(net.createServer());

  it('connects to an address that is allowed', async () => {
    const port = await serve();
    const socket = unwrap(await loopbackDialer().connect({ address: ip('127.0.0.1'), port }, within));
    expect(socket).toMatchObject({ remoteAddress: '127.0.0.1', remotePort: port });
    socket.destroy();
  });

  it('opens no connection to an address that is not', async () => {
    let connections = 0;
    const port = await listeners.listen(net.createServer(() => connections++));
    const dialer = makeDialer({ guard: makeAddressGuard([{ address: ip('127.0.0.1'), port: port + 1 }]), resolver: answering([]) });
    expect(await dialer.connect({ address: ip('127.0.0.1'), port }, within)).toMatchObject({
      problem: { code: 'ADDRESS_NOT_ALLOWED', facts: { address: '127.0.0.1', port } },
    });
    expect(connections).toBe(0);
  });

  it('checks what a name resolves to, each address of it', async () => {
    const port = await serve();
    const dialer = loopbackDialer(answering(['169.254.169.254', '10.0.0.1', '127.0.0.1']));
    const socket = unwrap(await dialer.connect({ name: shop, port }, within));
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
    expect(await loopbackDialer(answering(['127.0.0.2', '::1'])).connect({ name: shop, port }, within)).toMatchObject({
      problem: { code: 'ADDRESS_NOT_ALLOWED', sub: [{ subject: '127.0.0.2' }, { subject: '::1' }] },
    });
  });

  it('dials the address that it checked: a name that changes its answer in between gains nothing', async () => {
    const port = await serve();
    const rebinding = answering(['127.0.0.1'], ['127.0.0.2']);
    const socket = unwrap(await loopbackDialer(rebinding).connect({ name: shop, port }, within));
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(rebinding.asked).toBe(1);
    socket.destroy();
  });

  it('goes on to the next address where one refuses', async () => {
    const port = await serve();
    const guard = makeAddressGuard([{ address: ip('127.0.0.1') }, { address: ip('127.0.0.2') }]);
    const dialer = makeDialer({ guard, resolver: answering(['127.0.0.2', '127.0.0.1']) });
    const socket = unwrap(await dialer.connect({ name: shop, port }, within));
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });

  it('tells of several failures the one that says most, and each of them below it, in the order in which they were tried', async () => {
    const port = await listeners.closedPort();
    const guard = makeAddressGuard([{ address: ip('127.0.0.1') }]);
    const dialer = makeDialer({ guard, resolver: answering(['10.0.0.1', '127.0.0.1', '::1']) });
    expect(await dialer.connect({ name: shop, port }, within)).toMatchObject({
      problem: {
        ...{ code: 'CONNECTION_REFUSED', facts: { address: '127.0.0.1', port } },
        sub: [
          { code: 'ADDRESS_NOT_ALLOWED', subject: '10.0.0.1' },
          { code: 'CONNECTION_REFUSED', subject: '127.0.0.1' },
          { code: 'ADDRESS_NOT_ALLOWED', subject: '::1' },
        ],
      },
    });
    const one = makeDialer({ guard, resolver: answering(['127.0.0.1']) });
    expect(await one.connect({ name: shop, port }, within)).toMatchObject({ problem: { code: 'CONNECTION_REFUSED', sub: [] } });
  });

  it('tells a refusal with its address and port', async () => {
    const port = await listeners.closedPort();
    expect(await loopbackDialer().connect({ address: ip('127.0.0.1'), port }, within)).toMatchObject({
      problem: { code: 'CONNECTION_REFUSED', facts: { address: '127.0.0.1', port } },
    });
    expect(await loopbackDialer().connect({ socketPath: '/nonexistent/hostseal.sock' }, within)).toMatchObject({
      problem: { code: 'CONNECTION_REFUSED' },
    });
  });

  it('passes on why a name has no address', async () => {
    const resolver: Resolver = { addresses: async () => err(problem('NAME_LOOKUP_FAILED', { name: shop, detail: 'ESERVFAIL' })) };
    expect(await loopbackDialer(resolver).connect({ name: shop, port: 443 }, within)).toMatchObject({
      problem: { code: 'NAME_LOOKUP_FAILED' },
    });
  });

  it('does not wait longer for a look-up than for the connection', async () => {
    const never: Resolver = { addresses: () => new Promise(() => {}) };
    expect(await loopbackDialer(never).connect({ name: shop, port: 443 }, { timeoutMs: 50 })).toMatchObject({
      problem: { code: 'NAME_LOOKUP_FAILED', facts: { detail: 'no answer within 50 ms' } },
    });
  });

  it('survives a reset that comes when nobody listens for it', async () => {
    const server = net.createServer((socket) => socket.resetAndDestroy());
    const port = await listeners.listen(server);
    const dialled = await loopbackDialer().connect({ address: ip('127.0.0.1'), port }, within);
    if (dialled.ok) await expect.poll(() => dialled.value.resume().destroyed).toBe(true);
    else expect(dialled.problem.code).toBe('CONNECTION_CLOSED');
  });
});
