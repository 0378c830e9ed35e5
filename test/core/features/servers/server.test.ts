import { describe, expect, it } from 'vitest';
import { parseNewAddress, parseNewServer, toldToTenants, type AddressInput } from '../../../../src/features/servers/server.js';
import { problem, type Problem } from '../../../../src/values/problems/problem.js';

const SERVER_ID = 'srv_01kaw5w4x4e8qvbn6vnkr5y6r1';
const good: AddressInput = { serverId: SERVER_ID, ip: '192.0.2.1', httpPort: 80, httpsPort: 443 };
const named = (problem: Problem): string[] =>
  (problem.sub.length > 0 ? problem.sub : [problem]).map(({ subject, code }) => `${subject} ${code}`);

describe('a new address', () => {
  const refused: { name: string; input: Partial<AddressInput>; problems: string[] }[] = [
    { name: 'an IPv4 address in a trick form', input: { ip: '0x7f.1' }, problems: ['ip NOT_AN_IP_ADDRESS'] },
    { name: 'a host name', input: { ip: 'edge.example' }, problems: ['ip NOT_AN_IP_ADDRESS'] },
    { name: 'port 0', input: { httpPort: 0 }, problems: ['httpPort NOT_A_PORT'] },
    { name: 'a port above 65535', input: { httpsPort: 65_536 }, problems: ['httpsPort NOT_A_PORT'] },
    { name: 'one port for both', input: { httpPort: 443 }, problems: ['httpsPort DUPLICATE'] },
    { name: 'the id of something else', input: { serverId: SERVER_ID.replace('srv', 'sit') }, problems: ['serverId NOT_AN_ID'] },
    { name: 'two faults, each named', input: { ip: '', httpPort: -1 }, problems: ['ip NOT_AN_IP_ADDRESS', 'httpPort NOT_A_PORT'] },
  ];
  it.each(refused)('is refused for $name', ({ input, problems }) => {
    const result = parseNewAddress({ ...good, ...input });
    expect(result.ok ? [] : named(result.problem)).toEqual(problems);
  });

  it('is kept in the one normal form, so that the same address cannot be added twice', () => {
    const spellings = ['2001:DB8:0:0::1', '2001:db8::1'].map((ip) => parseNewAddress({ ...good, ip }));
    expect(spellings.map((result) => result.ok && result.value.ip)).toEqual(['2001:db8::1', '2001:db8::1']);
  });
});

it('a server has a name that people can read', () => {
  expect(parseNewServer({ name: ' edge 1 ', kind: 'EMBEDDED_EDGE' })).toEqual({
    ok: true,
    value: { name: 'edge 1', kind: 'EMBEDDED_EDGE' },
  });
  expect(parseNewServer({ name: 'edge\u202e1', kind: 'EMBEDDED_EDGE' }).ok).toBe(false);
});

it('tenants are told that their server is out of reach, and neither where its machine is nor which key that shows', () => {
  const facts = { server: 'srv_1', address: '192.0.2.1', port: 22, pinned: 'SHA256:a', offered: 'SHA256:b' };
  const told = toldToTenants(problem('HOST_KEY_CHANGED', facts));
  expect(told).toMatchObject({ code: 'SERVER_UNREACHABLE', facts: { server: 'srv_1', detail: 'its administrator can read why' } });
  expect(Object.keys(told.facts)).toEqual(['server', 'detail']);
});
