import { describe, expect, it } from 'vitest';
import { ed25519KeyPair } from '../../../../src/cores/ssh/ed25519-key.js';
import { authorizedKey, parseNewHost, parsePin, seenAs, type Host } from '../../../../src/features/hosts/host.js';
import type { Id } from '../../../../src/values/id.js';
import { instant } from '../../../../src/values/instant.js';
import { problem } from '../../../../src/values/problems/problem.js';
import { unwrap } from '../../../../src/values/result.js';

const input = { name: 'web 1', address: '192.0.2.1', port: 22, user: 'hostseal' };
const { publicKey } = ed25519KeyPair(new Uint8Array(32));
const id = 'hos_01kh2a0000000000000000000z' as Id<'host'>;

describe('a new host', () => {
  it('has its address in normal form', () => {
    expect(unwrap(parseNewHost({ ...input, address: '2001:DB8:0::1' }))).toEqual({ ...input, address: '2001:db8::1' });
  });

  it.each([
    ['user', { user: 'root' }, 'INVALID_INPUT'],
    ['user', { user: 'a;b' }, 'INVALID_INPUT'],
    ['user', { user: '-l' }, 'INVALID_INPUT'],
    ['port', { port: 0 }, 'NOT_A_PORT'],
    ['port', { port: 65_536 }, 'NOT_A_PORT'],
    ['address', { address: 'web.example' }, 'NOT_AN_IP_ADDRESS'],
    ['name', { name: '' }, 'NOT_A_LABEL'],
  ])('is refused for its %s in %j', (subject, wrong, code) => {
    expect(parseNewHost({ ...input, ...wrong })).toMatchObject({ problem: { sub: [{ subject, code }] } });
  });

  it('lets its key do one thing', () => {
    expect(authorizedKey({ id, publicKey })).toBe(`restrict,command="/opt/hostseal/bin/hostseal-connect" ${publicKey} hostseal:${id}`);
  });
});

it('a pin names both what is wrong with the id and with the key', () => {
  expect(parsePin({ hostId: 'srv_1', hostKey: 'x' })).toMatchObject({
    problem: {
      sub: [
        { subject: 'hostId', code: 'NOT_AN_ID' },
        { subject: 'hostKey', code: 'NOT_AN_SSH_KEY' },
      ],
    },
  });
});

it('a host is reachable since it became so, and the newest reason of its absence counts', () => {
  const down = problem('SERVER_UNREACHABLE', { detail: 'it refuses the connection' });
  const host = { state: 'REACHABLE', stateAt: instant(1), problem: null } as Host;
  expect(seenAs(host, undefined, instant(9))).toEqual({ state: 'REACHABLE', stateAt: 1, problem: null });
  const gone = seenAs(host, down, instant(9));
  expect(gone).toEqual({ state: 'UNREACHABLE', stateAt: 9, problem: down });
  const changed = problem('HOST_KEY_CHANGED', {});
  expect(seenAs({ ...host, ...gone }, changed, instant(20))).toEqual({ state: 'UNREACHABLE', stateAt: 9, problem: changed });
});
