import { expect, it } from 'vitest';
import { parseNewServer } from '../../../../src/features/servers/server.js';

const HOST_ID = 'hst_01kaw5w4x4e8qvbn6vnkr5y6r1';
it('a server has a name that people can read', () => {
  expect(parseNewServer({ name: ' edge 1 ', kind: 'EMBEDDED_EDGE' })).toEqual({
    ok: true,
    value: { name: 'edge 1', kind: 'EMBEDDED_EDGE', nameOnHost: 'edge' },
  });
  expect(parseNewServer({ name: 'edge\u202e1', kind: 'EMBEDDED_EDGE' }).ok).toBe(false);
  expect(parseNewServer({ name: 'mail', kind: 'DOVECOT', hostId: HOST_ID, nameOnHost: 'imap-2' })).toMatchObject({
    value: { hostId: HOST_ID, nameOnHost: 'imap-2' },
  });
  for (const nameOnHost of ['', '../x', 'Mail', '2nd', 'a'.repeat(41)])
    expect(parseNewServer({ name: 'mail', kind: 'DOVECOT', nameOnHost }).ok).toBe(false);
});
