import { describe, expect, it } from 'vitest';
import { clientAddress, ClientBounds } from '../../../../src/adapters/installers/embedded-edge/serving/client-bounds.js';

const from = (remoteAddress: string | undefined) => clientAddress({ remoteAddress });

describe('places for clients', () => {
  it.each<[string, string, string, boolean]>([
    ['the same address', '192.0.2.1', '192.0.2.1', true],
    ['its neighbour', '192.0.2.1', '192.0.2.2', false],
    ['the same address behind IPv6', '192.0.2.1', '::ffff:192.0.2.1', true],
    ['an address of the same /64', '2001:db8:0:1::1', '2001:db8:0:1:ffff::2', true],
    ['an address of the next /64', '2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['a link-local address as Node writes it', 'fe80::1%eth0', 'fe80::2%eth0', true],
  ])('%s (%s, %s) is the same client: %s', (_, first, second, same) => {
    const bounds = new ClientBounds({ perClient: 1, inAll: 10 });
    expect(bounds.enter(from(first))).toBeDefined();
    expect(bounds.enter(from(second)) === undefined).toBe(same);
  });

  it('are as many as there are, for each client and in all', () => {
    const bounds = new ClientBounds({ perClient: 2, inAll: 3 });
    const clients = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3'];
    expect(clients.map((client) => bounds.enter(from(client)) !== undefined)).toEqual([true, true, false, true, false]);
  });

  it('are free again once they were given back', () => {
    const bounds = new ClientBounds({ perClient: 1, inAll: 1 });
    for (let round = 0; round < 3; round++) {
      const leave = bounds.enter(from('192.0.2.1'));
      expect(bounds.enter(from('192.0.2.1'))).toBeUndefined();
      expect(bounds.enter(from('192.0.2.2'))).toBeUndefined();
      leave?.();
    }
    expect(bounds.enter(from('192.0.2.2'))).toBeDefined();
  });

  it('are never refused to ourselves, on a unix socket', () => {
    const bounds = new ClientBounds({ perClient: 1, inAll: 1 });
    bounds.enter(from('192.0.2.1'));
    expect(bounds.enter(from(undefined))).toBeDefined();
  });
});
