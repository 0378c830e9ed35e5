/** Apache's words: what we write, what we let pass, what we understand of somebody else's. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostPath } from '../../../../src/adapters/hosts/host-path.js';
import { admit } from '../../../../src/adapters/installers/apache/admit.js';
import { readBuild, type Found } from '../../../../src/adapters/installers/apache/apache-build.js';
import { parseApachePlace } from '../../../../src/adapters/installers/apache/apache-place.js';
import {
  apacheShardOf,
  ownListens,
  renderFoundation,
  renderSites,
  type Wording,
} from '../../../../src/adapters/installers/apache/render.js';
import { inTheWay } from '../../../../src/adapters/installers/apache/server/listening.js';
import { includes, withInclude, withStaged } from '../../../../src/adapters/installers/apache/syntax/adopt.js';
import { readDump } from '../../../../src/adapters/installers/apache/syntax/dump.js';
import { listensOf } from '../../../../src/adapters/installers/apache/syntax/listens.js';
import { parseApache } from '../../../../src/adapters/installers/apache/syntax/parse.js';
import { spellShard } from '../../../../src/adapters/installers/generations/tree/files.js';
import type { CertificateId, Site } from '../../../../src/adapters/installers/generations/site.js';
import type { Listener } from '../../../../src/adapters/installers/installer.js';
import { parseCertificateName } from '../../../../src/values/hostname.js';
import { unwrap } from '../../../../src/values/result.js';

const TREE = '/var/lib/hostseal-apache';
const MODULES = '/usr/lib/apache2/modules';
const id = `${'a'.repeat(64)}.${'b'.repeat(32)}` as CertificateId;
const site = (name: string, address = '192.0.2.1'): Site => ({ key: { address, port: 443, name } as Site['key'], certificates: [id] });
const listeners = ['192.0.2.1', '2001:db8::1'].map((address) => ({ address, httpPort: 80, httpsPort: 443 })) as unknown as Listener[];
const wording: Wording = { tree: TREE, modules: MODULES, build: { http2: true, hybridGroups: true }, listeners, listens: [] };
const SHARD = hostPath('shards', `00.${'0'.repeat(32)}.conf`);
const allowed = (content: string) => admit({ tree: TREE, modules: MODULES }).file({ path: SHARD, content, access: 'OWNER' });

describe('what we write', () => {
  it('is let pass, and a host for each name', () => {
    const sites = [site('a.example'), site('b.example', '2001:db8::1'), site('*.c.example')];
    const text = spellShard(sites, renderSites(sites, wording));
    unwrap(allowed(text));
    unwrap(allowed(renderFoundation(wording)));
    unwrap(allowed(renderFoundation({ ...wording, build: { http2: false, hybridGroups: false } })));
    unwrap(allowed(`# x\nInclude ${TREE}/${SHARD}\nInclude ${TREE}/foundations/base.${'0'.repeat(32)}.conf\n`));
    const names = parseApache(text).filter(({ name }) => /^server(name|alias)$/.test(name));
    expect(names.map(({ inside, args }) => `${inside[0]!.args.join()} ${args.join()}`)).toEqual([
      '192.0.2.1:443 a.example',
      '[2001:db8::1]:443 b.example',
      '192.0.2.1:80 a.example',
      '[2001:db8::1]:80 b.example',
      ...[443, 80].flatMap((port) => [`192.0.2.1:${port} neutral.invalid`, `192.0.2.1:${port} *.*.c.example`]),
      ...[443, 80].flatMap((port) => [`192.0.2.1:${port} neutral.invalid`, `192.0.2.1:${port} *.c.example`]),
    ]);
  });

  it('names of any input either are none, or are let pass as one name', () => {
    const tricky = fc.string({ unit: fc.constantFrom(...'ab.*-_"\'\\ \n\t#<>/$%{}&1éÅ'), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(tricky, fc.domain()), (text) => {
        const name = parseCertificateName(text);
        if (!name.ok) return;
        unwrap(allowed(spellShard([site(name.value)], renderSites([site(name.value)], wording))));
      }),
    );
  });

  it('wildcards come after exact names, and those below before those above', () => {
    const shardOf = (name: string) => apacheShardOf(site(name).key);
    const sorted = ['zz.example', '*.a.b.c.example', '*.b.c.example', '*.c.example'].map(shardOf);
    expect([...sorted].sort()).toEqual(sorted);
    expect(sorted[0]).toMatch(/^[0-9a-f]{2}$/);
    for (const wildcard of sorted.slice(1)) expect(wildcard).toMatch(/^ff[0-9a-f]{4}$/);
  });
});

describe('what we let pass', () => {
  const host = (line: string) => `<VirtualHost 192.0.2.1:80>\n${line}\n</VirtualHost>\n`;
  it.each([
    'LoadModule ssl_module /tmp/evil.so',
    `LoadModule ssl_module ${MODULES}/mod_ssl.so`,
    '<IfModule !ssl_module>\nLoadModule ssl_module /tmp/mod_ssl.so\n</IfModule>',
    `<IfModule !ssl_module>\nLoadModule ssl_module ${MODULES}/../mod_ssl.so\n</IfModule>`,
    'Include /etc/passwd',
    `Include ${TREE}/challenges/acme-challenge/a/t`,
    `Include ${TREE}/certificates/${id}.pem`,
    'Require all granted',
    '# a comment that goes on \\\nLoadModule x_module /x.so',
    `<Directory />\nOptions None\n</Directory>`,
    '<VirtualHost 192.0.2.1:80>',
    host('ErrorLog "|/bin/sh"'),
    host('CustomLog /etc/cron.d/x common'),
    host('RewriteMap lower prg:/bin/sh'),
    host('RewriteRule "^" "/etc/shadow" [END]'),
    host(`RewriteRule "^/\\.well-known/acme-challenge/([A-Za-z0-9_-]+)$" "${TREE}/challenges/acme-challenge/../../x/$1" [END]`),
    host('RewriteRule "^" "https://evil.example/" [R=308,NE,L]'),
    host('SSLCertificateFile /etc/ssl/private/x.pem'),
    host('ServerName a.example b.example'),
    host('ErrorDocument 404 "%{reqenv:x}"'),
    host('<Location />\nSetHandler server-status\n</Location>'),
  ])('is not %s', (content) => {
    expect(allowed(content)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
  });

  it.each(['tree', '/a b', '/a"b', '/a$b', '/a/../b', '/a\\b', '/a\nb'])('is at no place %j', (tree) => {
    const place = { binary: '/usr/sbin/apache2', mainConfiguration: '/etc/apache2/apache2.conf', modules: MODULES, tree };
    expect(parseApachePlace(place).ok).toBe(false);
  });
});

describe('their configuration', () => {
  const LINE = `${TREE}/current.conf`;
  const DEBIAN = 'IncludeOptional mods-enabled/*.load\nInclude ports.conf\n# sites\nIncludeOptional sites-enabled/*.conf\n';
  it.each([
    ['before the sites of a distribution', DEBIAN, /# sites\nIncludeOptional \S+current.conf\nIncludeOptional sites-enabled/],
    [
      'before the first host',
      'Listen 80\n<VirtualHost *:80>\n</VirtualHost>\nInclude x.conf\n',
      /Listen 80\nIncludeOptional \S+\n<VirtualHost/,
    ],
    [
      'after the modules',
      'Include a.conf\n<IfModule !x>\nLoadModule b /b\n</IfModule>\nUser x\n',
      /<\/IfModule>\nIncludeOptional \S+\nUser x\n$/,
    ],
    ['at the end', 'Listen 80', /^Listen 80\nIncludeOptional \S+\n$/],
    ['with their line ends', 'Include a.conf\r\n', /^IncludeOptional \S+\r\nInclude a.conf\r\n$/],
  ])('has our line %s, and else every octet', (_, text, expected) => {
    const adopted = withInclude(text, LINE);
    expect(adopted).toMatch(expected);
    expect(withInclude(adopted, LINE)).toBe(adopted);
    expect(adopted.replace(/^IncludeOptional \/var\S+\r?\n/m, '').trimEnd()).toBe(text.trimEnd());
    expect(includes(withStaged(adopted, LINE, '/other.conf'), '/other.conf')).toBe(true);
    expect(includes(withStaged(adopted, LINE, '/other.conf'), LINE)).toBe(false);
    expect(withStaged(text, LINE, '/other.conf')).toBe(adopted.replace(LINE, '/other.conf'));
  });

  it.each([`Include "${LINE}"`, `\tinclude  ${LINE}`, `IncludeOptional \\\n ${LINE}`])('%j is our line', (line) => {
    expect(includes(`Listen 80\n${line}\n`, LINE)).toBe(true);
  });

  it('is read as far as it says who listens where, and under which name', () => {
    const dump = readDump(`Included configuration files:
  (*) /etc/apache2/apache2.conf
    (12) /etc/apache2/sites.conf
VirtualHost configuration:
192.0.2.1:443          is a NameVirtualHost
         default server a.example (/etc/apache2/sites.conf:4)
         port 443 namevhost a.example (/etc/apache2/sites.conf:4)
                 alias www.a.example
                 wild alias *.a.example
         port 443 namevhost b.example (/etc/apache2/sites.conf:9)
[2001:db8::1]:80       c.example (/etc/apache2/sites.conf:14)
*:*                    d.example (/etc/apache2/sites.conf:19)
PidFile: "/run/apache2.pid"
Define: WEB=8080
Loaded Modules:
 core_module (static)
 ssl_module (shared)
`);
    expect(dump.hosts).toEqual([
      { address: '192.0.2.1', port: 443, file: '/etc/apache2/sites.conf', line: 4, names: ['a.example', 'www.a.example', '*.a.example'] },
      { address: '192.0.2.1', port: 443, file: '/etc/apache2/sites.conf', line: 9, names: ['b.example'] },
      { address: '2001:db8::1', port: 80, file: '/etc/apache2/sites.conf', line: 14, names: ['c.example'] },
      { address: '*', port: 0, file: '/etc/apache2/sites.conf', line: 19, names: ['d.example'] },
    ]);
    expect([dump.files, dump.pidFile, dump.modules]).toEqual([
      ['/etc/apache2/apache2.conf', '/etc/apache2/sites.conf'],
      '/run/apache2.pid',
      ['core_module', 'ssl_module'],
    ]);
  });

  it('listens where its files say, as they are read one after another', () => {
    const dump = readDump(`Included configuration files:
  (*) /main.conf
    (2) /ports.conf
    (3) /ours.conf
      (1) /part.conf
    (4) /sites.conf
Define: WEB=8080
Loaded Modules:
 core_module (static)
 ssl_module (shared)
`);
    const files = {
      '/main.conf': 'Listen 80\nInclude ports.conf\nInclude /ours.conf\nIncludeOptional sites.conf\n',
      '/ports.conf': 'Listen [::]:${WEB} http\n<IfModule mod_ssl.c>\nListen 1\n</IfModule>\n<IfDefine WEB>\nListen 2\n</IfDefine>\n',
      '/ours.conf': 'Include /part.conf\n',
      '/part.conf': '<IfModule !ssl_module>\nLoadModule ssl_module /mod_ssl.so\n</IfModule>\n',
      '/sites.conf': '<IfModule ssl_module>\nListen 443\n</IfModule>\n<IfModule !core.c>\nListen 3\n</IfModule>\n',
    };
    const directives = new Map(Object.entries(files).map(([file, text]) => [file, parseApache(text)]));
    expect(listensOf(dump, directives)).toEqual([
      { address: '*', port: 80 },
      { address: '::', port: 8080 },
      { address: '*', port: 2 },
      { address: '*', port: 443 },
    ]);
  });

  it('we listen where they do not', () => {
    const wanted = (...listens: { address: string; port: number }[]) =>
      ownListens({ listeners, listens }).map(({ address, port }) => `${address} ${port}`);
    expect(wanted()).toEqual(['192.0.2.1 80', '192.0.2.1 443', '2001:db8::1 80', '2001:db8::1 443']);
    expect(wanted({ address: '*', port: 80 }, { address: '0.0.0.0', port: 443 })).toEqual(['2001:db8::1 443']);
    expect(wanted({ address: '192.0.2.1', port: 80 }, { address: '::', port: 443 })).toEqual(['2001:db8::1 80']);
  });

  it.each([
    ['nobody', [], undefined],
    ['itself already', [{ address: '192.0.2.1', inode: 'own' }], undefined],
    ['another at another address', [{ address: '192.0.2.2', inode: 'x' }], undefined],
    ['another', [{ address: '192.0.2.1', inode: 'x' }], /another program listens at 192.0.2.1:80/],
    ['another at all addresses', [{ address: '*', inode: 'x' }], /another program listens at \*:80/],
    ['itself at all addresses', [{ address: '::', inode: 'own' }], /it listens at :::80/],
  ])('before it begins to listen it is asked who does: %s', (_, sockets, expected) => {
    const found = inTheWay(
      [{ address: '192.0.2.1', port: 80 }],
      sockets.map((socket) => ({ ...socket, port: 80 })),
      new Set(['own']),
    );
    if (expected) expect(found).toMatch(expected);
    else expect(found).toBeUndefined();
  });
});

describe('its build', () => {
  const found: Found = {
    version: 'Server version: Apache/2.4.68 (Debian)\n',
    modules: [],
    loadable: ['authz_core', 'rewrite', 'ssl'],
    tlsLibrary: 'OpenSSL 3.0.19',
  };
  it.each<[string, Partial<Found>, object]>([
    ['what it is', {}, { software: 'Apache', version: '2.4.68', tlsLibrary: 'OpenSSL 3.0.19', http2: false, hybridGroups: false }],
    ['HTTP/2', { modules: ['http2_module', 'mpm_event_module'] }, { http2: true }],
    ['HTTP/2 that its MPM cannot do with', { modules: ['http2_module', 'mpm_prefork_module'] }, { http2: false }],
    ['an OpenSSL with hybrid groups', { tlsLibrary: 'OpenSSL 3.5.1' }, { hybridGroups: true }],
  ])('shows %s', (_, more, expected) => {
    expect(unwrap(readBuild({ ...found, ...more }))).toMatchObject(expected);
  });

  it.each<[string, Partial<Found>]>([
    ['another server', { version: 'nginx version: nginx/1.22.1' }],
    ['one without TLS 1.3', { version: 'Server version: Apache/2.4.35 (Unix)' }],
    ['one without mod_ssl', { loadable: ['rewrite', 'authz_core'] }],
    ['an OpenSSL that nobody knows', { tlsLibrary: '' }],
  ])('is refused for %s', (_, more) => {
    expect(readBuild({ ...found, ...more })).toMatchObject({ problem: { code: 'SERVER_REFUSED' } });
  });
});
