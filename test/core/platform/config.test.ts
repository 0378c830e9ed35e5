import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig, type Config } from '../../../src/platform/config/config.js';
import { VARIABLES } from '../../../src/platform/config/variables.js';
import type { Problem } from '../../../src/values/problems/problem.js';
import { unwrap } from '../../../src/values/result.js';

type Environment = Record<string, string | undefined>;
const config = (env: Environment): Config => {
  const parsed = parseConfig(env, '/srv/panel');
  return parsed.ok ? parsed.value : expect.fail(JSON.stringify(parsed.problem));
};
const refused = (env: Environment): { variable: unknown; detail: string }[] => {
  const parsed = parseConfig(env, '/srv/panel');
  if (parsed.ok) return expect.fail(`accepted ${JSON.stringify(env)}`);
  return parsed.problem.map(({ code, facts }: Problem) => {
    expect(code).toBe('CONFIG_INVALID');
    return { variable: facts['variable'], detail: String(facts['detail']) };
  });
};
const DATABASE = { HOSTSEAL_DATABASE_URL: 'postgresql://panel:pw@db.example/hostseal' };

describe('the configuration without any variable', () => {
  it('is a panel on loopback, with everything in .hostseal below the project', () => {
    expect(config({ PATH: '/bin', UNRELATED: 'x' })).toMatchObject({
      home: '/srv/panel/.hostseal',
      databaseUrl: undefined,
      role: 'all',
      hostname: 'localhost',
      listen: ['127.0.0.1', '::1'],
      httpPort: 8080,
      httpsPort: 8443,
      apiListen: undefined,
      dnsServers: [],
      localCaNames: ['localhost', 'test', 'example', 'internal', 'home.arpa'],
      acme: { directories: [], contact: [], profile: undefined, timeout: 15_000 },
      nginx: undefined,
      serversFile: undefined,
      vaultKeyFile: undefined,
      claim: 20_000,
      rateLimit: 600,
      log: 'file',
    });
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, ' ']));
    expect(config(empty)).toEqual(config({}));
  });
});

describe('what a variable says', () => {
  it.each<[string, Environment, Partial<Config>]>([
    ['a home below the project', { HOSTSEAL_HOME: 'data/panel' }, { home: '/srv/panel/data/panel' }],
    ['a home anywhere', { HOSTSEAL_HOME: '/var/lib/panel/' }, { home: '/var/lib/panel' }],
    ['a name in Unicode is kept as DNS has it', { HOSTSEAL_HOSTNAME: 'Bücher.example.' }, { hostname: 'xn--bcher-kva.example' as never }],
    ['an address given twice is listened on once', { HOSTSEAL_LISTEN: '192.0.2.1, 192.0.2.1' }, { listen: ['192.0.2.1' as never] }],
    ['an address in another spelling', { HOSTSEAL_LISTEN: '2001:DB8:0::1' }, { listen: ['2001:db8::1' as never] }],
    ['ports', { HOSTSEAL_HTTP_PORT: '80', HOSTSEAL_HTTPS_PORT: '443' }, { httpPort: 80, httpsPort: 443 }],
    [
      'resolvers with and without a port',
      { HOSTSEAL_DNS_SERVERS: '192.0.2.53,[2001:db8::53]:5353' },
      { dnsServers: [{ address: '192.0.2.53', port: 53 } as never, { address: '2001:db8::53', port: 5353 } as never] },
    ],
    [
      "exceptions of the address guard, beside the edge's own ports",
      { HOSTSEAL_ALLOW_ADDRESSES: '10.0.0.7:8443,fd00::7', HOSTSEAL_LISTEN: '10.0.0.1' },
      {
        allowAddresses: [
          { address: '10.0.0.7', port: 8443 },
          { address: 'fd00::7' },
          { address: '10.0.0.1', port: 8080 },
          { address: '10.0.0.1', port: 8443 },
        ] as never,
      },
    ],
    ["the panel's own name may be signed by the local CA", { HOSTSEAL_HOSTNAME: 'panel.internal' }, {}],
    ['a narrower local CA', { HOSTSEAL_LOCAL_CA_NAMES: 'corp.test' }, { localCaNames: ['corp.test' as never] }],
    [
      'CAs that sign over ACME, public ones and others, in their order',
      { HOSTSEAL_ACME_DIRECTORIES: 'zerossl, mine-1=https://ca.corp.test:14000/dir?x=1', HOSTSEAL_ACME_TIMEOUT_SECONDS: '60' },
      {
        acme: {
          directories: [
            expect.objectContaining({ id: 'acme-zerossl', url: 'https://acme.zerossl.com/v2/DV90', needsExternalAccount: true }),
            {
              ...{ name: 'mine-1', id: 'acme-mine-1', title: 'mine-1', url: 'https://ca.corp.test:14000/dir?x=1' },
              ...{ needsExternalAccount: false, needsRoots: false },
            },
          ],
          ...{ contact: [], profile: undefined, timeout: 60_000 as never },
        },
      },
    ],
    [
      'whom these CAs may write to, and a profile',
      { HOSTSEAL_ACME_CONTACT: 'tls+ca@Bücher.example,ops@corp.test', HOSTSEAL_ACME_PROFILE: 'shortlived' },
      { acme: expect.objectContaining({ contact: ['tls+ca@xn--bcher-kva.example', 'ops@corp.test'], profile: 'shortlived' }) as never },
    ],
    [
      'the nginx of this machine, with the usual places',
      { HOSTSEAL_NGINX_CONFIG: '/etc/nginx/nginx.conf' },
      { nginx: { mainConfiguration: '/etc/nginx/nginx.conf', binary: '/usr/sbin/nginx', tree: '/var/lib/hostseal-nginx' } },
    ],
    [
      'an nginx in other places',
      { HOSTSEAL_NGINX_CONFIG: '/opt/ngx/nginx.conf', HOSTSEAL_NGINX_BINARY: '/opt/ngx/bin/nginx', HOSTSEAL_NGINX_TREE: '/srv/sites' },
      { nginx: { mainConfiguration: '/opt/ngx/nginx.conf', binary: '/opt/ngx/bin/nginx', tree: '/srv/sites' } },
    ],
    ['a lease', { HOSTSEAL_CLAIM_SECONDS: '600' }, { claim: 600_000 as never }],
    ['a worker logs to its output', { ...DATABASE, HOSTSEAL_ROLE: 'worker' }, { role: 'worker', log: 'stdout' }],
    [
      'an API behind another proxy',
      { ...DATABASE, HOSTSEAL_ROLE: 'api', HOSTSEAL_API_LISTEN: '10.0.0.2:4000' },
      { apiListen: { address: '10.0.0.2', port: 4000 } as never },
    ],
  ])('%s', (_, env, expected) => {
    expect(config(env)).toMatchObject(expected);
  });

  it("puts the panel's own name first among what the local CA may sign", () => {
    expect(config({ HOSTSEAL_HOSTNAME: 'panel.example.com' }).localCaNames[0]).toBe('panel.example.com');
  });

  it('keeps the database URL, and shows it to nobody', () => {
    const { databaseUrl } = config(DATABASE);
    expect(databaseUrl?.revealText()).toBe(DATABASE.HOSTSEAL_DATABASE_URL);
    expect(JSON.stringify(config(DATABASE))).not.toContain('pw');
  });
});

describe('what is refused', () => {
  it.each<[string, Environment, string, RegExp]>([
    ['a misspelt variable', { HOSTSEAL_HOSTNAMES: 'a.test' }, 'HOSTSEAL_HOSTNAMES', /did you mean HOSTSEAL_HOSTNAME\?/],
    ['an unknown variable', { HOSTSEAL_COFFEE: 'x' }, 'HOSTSEAL_COFFEE', /^there is no such variable$/],
    ['an unknown role', { HOSTSEAL_ROLE: 'ALL' }, 'HOSTSEAL_ROLE', /"ALL" is none of all, api, worker/],
    ['an address as the name', { HOSTSEAL_HOSTNAME: '192.0.2.1' }, 'HOSTSEAL_HOSTNAME', /is an IP address/],
    ['all addresses at once', { HOSTSEAL_LISTEN: '0.0.0.0' }, 'HOSTSEAL_LISTEN', /stands for all addresses/],
    ['all addresses at once, in IPv6', { HOSTSEAL_LISTEN: '0:0:0:0:0:0:0:0' }, 'HOSTSEAL_LISTEN', /stands for all addresses/],
    ['a name to listen on', { HOSTSEAL_LISTEN: 'localhost' }, 'HOSTSEAL_LISTEN', /not an IPv4 or IPv6 address/],
    ['a hole in a list', { HOSTSEAL_LISTEN: '127.0.0.1,,::1' }, 'HOSTSEAL_LISTEN', /not an IPv4 or IPv6 address/],
    ['port 0', { HOSTSEAL_HTTP_PORT: '0' }, 'HOSTSEAL_HTTP_PORT', /from 1 to 65535/],
    ['a port that is none', { HOSTSEAL_HTTPS_PORT: '65536' }, 'HOSTSEAL_HTTPS_PORT', /from 1 to 65535/],
    ['a number in hexadecimal', { HOSTSEAL_HTTPS_PORT: '0x1F' }, 'HOSTSEAL_HTTPS_PORT', /from 1 to 65535/],
    ['one port for two', { HOSTSEAL_HTTP_PORT: '8443' }, 'HOSTSEAL_HTTPS_PORT', /already/],
    ['a lease without end', { HOSTSEAL_CLAIM_SECONDS: '601' }, 'HOSTSEAL_CLAIM_SECONDS', /from 1 to 600/],
    ['another database', { HOSTSEAL_DATABASE_URL: 'mysql://u:pw@h/d' }, 'HOSTSEAL_DATABASE_URL', /form postgresql:/],
    ['no database in the URL', { HOSTSEAL_DATABASE_URL: 'postgresql://u:pw@h' }, 'HOSTSEAL_DATABASE_URL', /names no database/],
    ['a worker on the embedded database', { HOSTSEAL_ROLE: 'worker' }, 'HOSTSEAL_DATABASE_URL', /the role worker needs it/],
    ['an API address for role all', { HOSTSEAL_API_LISTEN: '127.0.0.1:1' }, 'HOSTSEAL_API_LISTEN', /for the role api/],
    ['an API address without a port', { HOSTSEAL_API_LISTEN: '127.0.0.1' }, 'HOSTSEAL_API_LISTEN', /has no port/],
    ['an nginx below the project', { HOSTSEAL_NGINX_CONFIG: 'nginx.conf' }, 'HOSTSEAL_NGINX_CONFIG', /not an absolute path/],
    [
      'a tree whose name means something to nginx',
      { HOSTSEAL_NGINX_CONFIG: '/etc/nginx/nginx.conf', HOSTSEAL_NGINX_TREE: '/srv/a;b' },
      'HOSTSEAL_NGINX_TREE',
      /not an absolute path/,
    ],
    [
      'a way back up',
      { HOSTSEAL_NGINX_CONFIG: '/etc/nginx/nginx.conf', HOSTSEAL_NGINX_TREE: '/srv/../etc' },
      'HOSTSEAL_NGINX_TREE',
      /not an absolute path/,
    ],
    [
      'the program of no nginx',
      { HOSTSEAL_NGINX_BINARY: '/opt/nginx' },
      'HOSTSEAL_NGINX_BINARY',
      /HOSTSEAL_NGINX_CONFIG, which is not set/,
    ],
    ['the tree of no nginx', { HOSTSEAL_NGINX_TREE: '/srv/tree' }, 'HOSTSEAL_NGINX_TREE', /HOSTSEAL_NGINX_CONFIG, which is not set/],
    [
      'an nginx for a worker',
      { ...DATABASE, HOSTSEAL_ROLE: 'worker', HOSTSEAL_NGINX_CONFIG: '/etc/nginx/nginx.conf' },
      'HOSTSEAL_NGINX_CONFIG',
      /for the role all/,
    ],
    [
      'a CA that nobody knows',
      { HOSTSEAL_ACME_DIRECTORIES: 'letsencrpyt' },
      'HOSTSEAL_ACME_DIRECTORIES',
      /"letsencrpyt" is none of letsencrypt, .*NAME=https:/,
    ],
    ['an address without a name', { HOSTSEAL_ACME_DIRECTORIES: 'https://ca.test/dir' }, 'HOSTSEAL_ACME_DIRECTORIES', /NAME=https:/],
    ['the built-in CA', { HOSTSEAL_ACME_DIRECTORIES: 'letsencrypt,local-ca' }, 'HOSTSEAL_ACME_DIRECTORIES', /there anyway/],
    [
      'the name of the built-in CA',
      { HOSTSEAL_ACME_DIRECTORIES: 'local-ca=https://ca.test/dir' },
      'HOSTSEAL_ACME_DIRECTORIES',
      /there anyway/,
    ],
    [
      'a CA twice',
      { HOSTSEAL_ACME_DIRECTORIES: 'a=https://a.test/dir,a=https://b.test/dir' },
      'HOSTSEAL_ACME_DIRECTORIES',
      /^a is named twice$/,
    ],
    [
      'another address for a public CA',
      { HOSTSEAL_ACME_DIRECTORIES: 'zerossl=https://a.test/' },
      'HOSTSEAL_ACME_DIRECTORIES',
      /name it alone/,
    ],
    [
      'a CA without TLS',
      { HOSTSEAL_ACME_DIRECTORIES: 'a=http://a.test/dir' },
      'HOSTSEAL_ACME_DIRECTORIES',
      /of a is not of the form https:/,
    ],
    ['a CA without an address', { HOSTSEAL_ACME_DIRECTORIES: 'a=' }, 'HOSTSEAL_ACME_DIRECTORIES', /of a is not of the form https:/],
    [
      'a CA whose address is endless',
      { HOSTSEAL_ACME_DIRECTORIES: `a=https://a.test/${'x'.repeat(500)}` },
      'HOSTSEAL_ACME_DIRECTORIES',
      /of the form/,
    ],
    ['a CA with a password', { HOSTSEAL_ACME_DIRECTORIES: 'a=https://u:pw@a.test/dir' }, 'HOSTSEAL_ACME_DIRECTORIES', /a user, a password/],
    [
      'a name that leads out of a folder',
      { HOSTSEAL_ACME_DIRECTORIES: '../a=https://a.test/dir' },
      'HOSTSEAL_ACME_DIRECTORIES',
      /is not a name/,
    ],
    ['a hole in the list of CAs', { HOSTSEAL_ACME_DIRECTORIES: 'google,' }, 'HOSTSEAL_ACME_DIRECTORIES', /none of/],
    ['a contact without an @', { HOSTSEAL_ACME_CONTACT: 'admin' }, 'HOSTSEAL_ACME_CONTACT', /not a mail address/],
    ['a contact that adds a header', { HOSTSEAL_ACME_CONTACT: 'a?subject=x@b.test' }, 'HOSTSEAL_ACME_CONTACT', /not a mail address/],
    ['a contact at an address', { HOSTSEAL_ACME_CONTACT: 'a@192.0.2.1' }, 'HOSTSEAL_ACME_CONTACT', /not a mail address/],
    ['a profile of two words', { HOSTSEAL_ACME_PROFILE: 'short lived' }, 'HOSTSEAL_ACME_PROFILE', /not a word/],
    ['a CA that is waited for too long', { HOSTSEAL_ACME_TIMEOUT_SECONDS: '61' }, 'HOSTSEAL_ACME_TIMEOUT_SECONDS', /from 1 to 60/],
    [
      'an IPv6 address with a port and no brackets',
      { HOSTSEAL_DNS_SERVERS: '::1:99999' },
      'HOSTSEAL_DNS_SERVERS',
      /not an IPv4 or IPv6 address/,
    ],
  ])('%s', (_, env, variable, detail) => {
    expect(refused(env)).toEqual([{ variable, detail: expect.stringMatching(detail) as unknown }]);
  });

  it('names every variable that is wrong, not the first', () => {
    const variables = refused({ HOSTSEAL_ROLE: 'x', HOSTSEAL_HTTP_PORT: 'x', HOSTSEAL_HOM: 'x' }).map(({ variable }) => variable);
    expect(variables.sort()).toEqual(['HOSTSEAL_HOM', 'HOSTSEAL_HTTP_PORT', 'HOSTSEAL_ROLE']);
  });

  it('never repeats the address of a CA, which may hold a password', () => {
    for (const text of ['a=https://u:hunter2@a.test/dir', 'https://u:hunter2@a.test/dir', 'https://u:hunter2@a.test/?x=1']) {
      expect(JSON.stringify(refused({ HOSTSEAL_ACME_DIRECTORIES: text }))).not.toContain('hunter2');
    }
  });

  it('never repeats a database URL', () => {
    for (const url of ['mysql://u:hunter2@h/d', 'hunter2', 'postgresql://u:hunter2@']) {
      expect(JSON.stringify(refused({ HOSTSEAL_DATABASE_URL: url }))).not.toContain('hunter2');
    }
  });

  it('is decided without a throw, whatever the texts are', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('127.0.0.1', '::1', '[::1]:53', 'a.test', '80', ','));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(VARIABLES)), text), (env) => {
        const parsed = parseConfig(env, '/srv/panel');
        if (parsed.ok) expect(unwrap(parsed).listen.length).toBeGreaterThan(0);
        else expect(parsed.problem.length).toBeGreaterThan(0);
      }),
    );
  });
});
