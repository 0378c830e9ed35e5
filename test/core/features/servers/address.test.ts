import { describe, expect, it } from 'vitest';
import {
  fits,
  MAIL_PROTOCOLS,
  parseNewAddress,
  tlsPorts,
  type Address,
  type AddressInput,
  type MailPort,
} from '../../../../src/features/servers/address.js';
import type { Problem } from '../../../../src/values/problems/problem.js';
import { unwrap } from '../../../../src/values/result.js';

const SERVER_ID = 'srv_01kaw5w4x4e8qvbn6vnkr5y6r1';
const good: AddressInput = { serverId: SERVER_ID, ip: '192.0.2.1', httpPort: 80, httpsPort: 443 };
const named = (problem: Problem): string[] =>
  (problem.sub.length > 0 ? problem.sub : [problem]).map(({ subject, code }) => `${subject} ${code}`);

describe('a new address', () => {
  const refused: { name: string; input: Partial<AddressInput>; problems: string[] }[] = [
    { name: 'an IPv4 address in a trick form', input: { ip: '0x7f.1' }, problems: ['ip NOT_AN_IP_ADDRESS'] },
    { name: 'a host name', input: { ip: 'edge.example' }, problems: ['ip NOT_AN_IP_ADDRESS'] },
    { name: 'only one of the ports of web sites', input: { httpPort: null }, problems: ['httpPort NOT_A_PORT'] },
    { name: 'ports of mail too', input: { mailPorts: [{ port: 25, protocol: 'SMTP' }] }, problems: ['mailPorts INVALID_INPUT'] },
    { name: 'no port at all', input: { httpPort: null, httpsPort: null }, problems: ['mailPorts INVALID_INPUT'] },
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

describe('an address of a mail server', () => {
  const mail = (...mailPorts: MailPort[]) => parseNewAddress({ serverId: SERVER_ID, ip: '192.0.2.1', mailPorts });
  const all = MAIL_PROTOCOLS.map((protocol, at): MailPort => ({ port: 1000 + at, protocol }));

  it('has ports, on half of which TLS begins after a word', () => {
    const address = unwrap(mail(...all)) as Address;
    expect(tlsPorts(address)).toEqual([
      { port: 1000, startTls: 'smtp' },
      { port: 1001 },
      { port: 1002, startTls: 'imap' },
      { port: 1003 },
      { port: 1004, startTls: 'pop3' },
      { port: 1005 },
    ]);
    expect([fits(address, 'DOVECOT').ok, fits(address, 'NGINX').ok, fits(unwrap(parseNewAddress(good)), 'POSTFIX').ok]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['a port that is none', [{ port: 0, protocol: 'SMTP' }], 'mailPorts NOT_A_PORT'],
    ['a port that is there twice', [all[0]!, { port: 1000, protocol: 'IMAP' }], 'mailPorts DUPLICATE'],
    ['no port', [], 'mailPorts INVALID_INPUT'],
    ['too many', Array.from({ length: 17 }, (_, at) => ({ port: at + 1, protocol: 'SMTP' })), 'mailPorts INVALID_INPUT'],
  ] as [string, MailPort[], string][])('is refused for %s', (_, ports, told) => {
    const refused = mail(...ports);
    expect(refused.ok ? [] : named(refused.problem)).toEqual([told]);
  });
});
