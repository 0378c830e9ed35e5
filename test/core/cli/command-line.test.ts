import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../src/cli/command-line.js';

const parsed = (line: string) => {
  const command = parseCommandLine(line.split(' ').filter((word) => word !== ''));
  return command.ok ? command.value : command.problem;
};

describe('the command line', () => {
  it.each([
    { name: 'nothing: the overview', line: '', command: { name: 'help', of: undefined } },
    { name: 'help of a command, wherever it stands', line: '--help secure a.test', command: { name: 'help', of: 'secure' } },
    { name: 'help with what is missing otherwise', line: 'secure -h', command: { name: 'help', of: 'secure' } },
    { name: 'the version', line: '--version', command: { name: 'version' } },
    { name: 'options before the command', line: '--json doctor', command: { name: 'doctor' } },
    { name: 'the whole platform', line: 'status', command: { name: 'status', platform: {} } },
    {
      name: 'one site, in its A-label',
      line: 'status --site Bücher.test',
      command: { name: 'status', site: 'xn--bcher-kva.test', platform: {} },
    },
    {
      name: 'names once each, in their order, as DNS has them',
      line: 'secure Shop.test www.shop.test SHOP.test. --renew --timeout 5',
      command: { name: 'secure', names: ['shop.test', 'www.shop.test'], renew: true, timeoutSeconds: 5, platform: {} },
    },
    {
      name: 'another platform, with the usual path',
      line: 'status --url https://panel.test:8443 --token-file t --ca-file c',
      command: { name: 'status', platform: { url: new URL('https://panel.test:8443/graphql'), tokenFile: 't', caFile: 'c' } },
    },
    { name: 'a batch', line: 'verify --batch', command: { name: 'verify' } },
    {
      name: 'a server to check',
      line: 'check Bücher.test.',
      command: { name: 'check', host: 'xn--bcher-kva.test', port: 443, sweep: false },
    },
    {
      name: 'a server to check, with all that there is',
      line: 'check a.test:8443 --sni b.test --connect [::1] --roots r.pem --at 2027-01-31T00:00:00Z --sweep --json',
      command: {
        ...{ name: 'check', host: 'a.test', port: 8443, serverName: 'b.test', connect: '::1' },
        ...{ rootsFile: 'r.pem', at: Date.parse('2027-01-31T00:00:00Z'), sweep: true },
      },
    },
    {
      name: 'an address to check',
      line: 'check 192.0.2.1',
      command: { name: 'check', host: { address: '192.0.2.1' }, port: 443, sweep: false },
    },
    {
      name: 'an address and a port',
      line: 'check 192.0.2.1:65535',
      command: { name: 'check', host: { address: '192.0.2.1' }, port: 65535, sweep: false },
    },
    {
      name: 'an IPv6 address in brackets',
      line: 'check [2001:DB8:0::1]:8443',
      command: { name: 'check', host: { address: '2001:db8::1' }, port: 8443, sweep: false },
    },
    {
      name: 'an IPv6 address without a port',
      line: 'check 2001:db8::443',
      command: { name: 'check', host: { address: '2001:db8::443' }, port: 443, sweep: false },
    },
    {
      name: 'a mail server',
      line: 'check mail.test --starttls imap',
      command: { name: 'check', host: 'mail.test', port: 143, startTls: 'imap', sweep: false },
    },
    {
      name: 'a sweep of mail',
      line: 'check mail.test --starttls smtp --sweep',
      command: { name: 'check', host: 'mail.test', port: 25, startTls: 'smtp', sweep: true },
    },
    { name: 'another token on this machine', line: 'status --token-file t', command: { name: 'status', platform: { tokenFile: 't' } } },
  ])('takes $name', ({ line, command }) => expect(parsed(line)).toEqual(command));

  it('watches for two minutes unless told otherwise', () =>
    expect(parsed('secure a.test')).toMatchObject({ timeoutSeconds: 120, renew: false }));

  it.each([
    { name: 'a command that is none', line: 'secur a.test', detail: 'there is no command "secur"' },
    { name: 'help of a command that is none', line: 'secur --help', detail: 'there is no command "secur"' },
    { name: 'secure without a name', line: 'secure', detail: 'secure needs the name of a site' },
    { name: 'an option that is none', line: 'status --color', detail: "Unknown option '--color'" },
    { name: 'an option of another command', line: 'status --renew', detail: 'status has no option --renew' },
    { name: 'verify without a batch', line: 'verify', detail: 'verify needs --batch, and reads its cases from standard input' },
    {
      name: 'a platform for doctor, which examines this machine',
      line: 'doctor --url https://a.test',
      detail: 'doctor has no option --url',
    },
    { name: 'check without a server', line: 'check', detail: 'check needs the name or the address of a server' },
    { name: 'two servers to check', line: 'check a.test b.test', detail: 'check takes one server, not "b.test" as well' },
    { name: 'a protocol without STARTTLS', line: 'check a.test --starttls ftp', detail: '--starttls takes smtp, imap or pop3, not "ftp"' },
    { name: 'a platform for check, which needs none', line: 'check a.test --url https://a.test', detail: 'check has no option --url' },
    { name: 'a stray word', line: 'status a.test', detail: 'status takes no "a.test"' },
    { name: 'no time', line: 'secure a.test --timeout 0', detail: '--timeout takes 1 to 86400 seconds, not "0"' },
    { name: 'a time in other units', line: 'secure a.test --timeout 2m', detail: '--timeout takes 1 to 86400 seconds, not "2m"' },
    { name: 'more than a day', line: 'secure a.test --timeout 86401', detail: '--timeout takes 1 to 86400 seconds, not "86401"' },
    { name: 'a URL in clear', line: 'status --url http://a.test --token-file t', detail: expect.stringContaining('https://') },
    { name: 'a URL that is none', line: 'status --url panel --token-file t', detail: expect.stringContaining('https://') },
    {
      name: 'a user name in the URL',
      line: 'status --url https://u:p@a.test --token-file t',
      detail: expect.stringContaining('no user name'),
    },
    {
      name: 'another platform without a token for it',
      line: 'status --url https://a.test',
      detail: expect.stringContaining('--token-file'),
    },
  ])('refuses $name', ({ line, detail }) => expect(parsed(line)).toMatchObject({ code: 'COMMAND_LINE_INVALID', facts: { detail } }));

  it.each([
    { name: 'an IP address', line: 'secure 192.0.2.1', code: 'NAME_IS_AN_IP_ADDRESS' },
    { name: 'no host name', line: 'secure a..test', code: 'NOT_A_HOSTNAME' },
    { name: 'a wildcard', line: 'secure *.test', code: 'NOT_A_HOSTNAME' },
    { name: 'a port that is none', line: 'check a.test:65536', code: 'NOT_A_PORT' },
    { name: 'port 0', line: 'check a.test:0', code: 'NOT_A_PORT' },
    { name: 'a port in words', line: 'check a.test:https', code: 'NOT_A_PORT' },
    { name: 'a colon and no port', line: 'check [::1]:', code: 'NOT_A_PORT' },
    { name: 'brackets round what is no address', line: 'check [a.test]:443', code: 'NOT_AN_IP_ADDRESS' },
    { name: 'a bracket too few', line: 'check [::1', code: 'NOT_AN_IP_ADDRESS' },
    { name: 'a URL', line: 'check https://a.test/', code: 'NOT_A_PORT' },
    { name: 'a server name that is an address', line: 'check a.test --sni 192.0.2.1', code: 'NAME_IS_AN_IP_ADDRESS' },
    { name: 'an address to connect to that is a name', line: 'check a.test --connect b.test', code: 'NOT_AN_IP_ADDRESS' },
    { name: 'a time without an offset', line: 'check a.test --at 2027-01-31T00:00:00', code: 'NOT_AN_INSTANT' },
    { name: 'no host name as the site', line: 'status --site a_b', code: 'NOT_A_HOSTNAME' },
  ])('refuses $name, and says so in the words for names', ({ line, code }) => expect(parsed(line)).toMatchObject({ code }));

  it('names every name that is none', () =>
    expect(parsed('secure a..test ok.test 192.0.2.1')).toMatchObject({
      code: 'INVALID_INPUT',
      sub: [
        { code: 'NOT_A_HOSTNAME', facts: { text: 'a..test' } },
        { code: 'NAME_IS_AN_IP_ADDRESS', facts: { text: '192.0.2.1' } },
      ],
    }));
});
