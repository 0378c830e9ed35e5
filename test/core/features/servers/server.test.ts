import { expect, it } from 'vitest';
import { parseNewServer, toldToTenants } from '../../../../src/features/servers/server.js';
import { problem } from '../../../../src/values/problems/problem.js';

const HOST_ID = 'hos_01kaw5w4x4e8qvbn6vnkr5y6r1';
it('a server has a name that people can read', () => {
  expect(parseNewServer({ name: ' edge 1 ', kind: 'EMBEDDED_EDGE' })).toEqual({
    ok: true,
    value: { name: 'edge 1', kind: 'EMBEDDED_EDGE', nameOnHost: 'edge', serving: 'FILES' },
  });
  expect(parseNewServer({ name: 'edge\u202e1', kind: 'EMBEDDED_EDGE' }).ok).toBe(false);
  expect(parseNewServer({ name: 'mail', kind: 'DOVECOT', hostId: HOST_ID, nameOnHost: 'imap-2' })).toMatchObject({
    value: { hostId: HOST_ID, nameOnHost: 'imap-2' },
  });
  for (const nameOnHost of ['', '../x', 'Mail', '2nd', 'a'.repeat(41)])
    expect(parseNewServer({ name: 'mail', kind: 'DOVECOT', nameOnHost }).ok).toBe(false);
});

it('tenants are told that their server is out of reach, and neither where its machine is nor which key that shows', () => {
  const facts = { server: 'srv_1', address: '192.0.2.1', port: 22, pinned: 'SHA256:a', offered: 'SHA256:b' };
  const told = toldToTenants(problem('HOST_KEY_CHANGED', facts));
  expect(told).toMatchObject({ code: 'SERVER_UNREACHABLE', facts: { server: 'srv_1', detail: 'its administrator can read why' } });
  expect(Object.keys(told.facts)).toEqual(['server', 'detail']);
});
