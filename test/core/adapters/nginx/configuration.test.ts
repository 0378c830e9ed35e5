/** nginx's configuration language: reading a foreign one, putting one line into it, and writing ours so that nothing breaks out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostPath } from '../../../../src/adapters/hosts/host-path.js';
import { admit } from '../../../../src/adapters/installers/nginx/admit.js';
import { parseNginxPlace } from '../../../../src/adapters/installers/nginx/nginx-place.js';
import { linkOf } from '../../../../src/adapters/installers/nginx/by-name/name-place.js';
import { renderByName } from '../../../../src/adapters/installers/nginx/by-name/render-by-name.js';
import { renderFoundation, renderSites } from '../../../../src/adapters/installers/nginx/render.js';
import type { Wording } from '../../../../src/adapters/installers/nginx/words.js';
import type { CertificateId, Site } from '../../../../src/adapters/installers/generations/site.js';
import { includes, readMainConfiguration, withInclude, withStaged } from '../../../../src/adapters/installers/nginx/syntax/adopt.js';
import { foreignServers } from '../../../../src/adapters/installers/nginx/syntax/foreign-servers.js';
import { parseNginx, type Directive } from '../../../../src/adapters/installers/nginx/syntax/parse.js';
import { spellShard } from '../../../../src/adapters/installers/generations/tree/files.js';
import { parseCertificateName } from '../../../../src/values/hostname.js';
import type { IpAddress } from '../../../../src/values/ip-address.js';
import { unwrap } from '../../../../src/values/result.js';

const TREE = '/var/lib/hostseal-nginx';
const INCLUDE = `${TREE}/current.conf`;

describe('reading', () => {
  const plainly = (directives: readonly Directive[]): unknown =>
    directives.map(({ name, args, block }) => [name, ...args, ...(block ? [plainly(block)] : [])]);

  it.each([
    [
      'words and blocks',
      'a b; c { d e f; }',
      [
        ['a', 'b'],
        ['c', [['d', 'e', 'f']]],
      ],
    ],
    ['no space before a block', 'server{listen 80;}', [['server', [['listen', '80']]]]],
    ['comments, with braces in them', '# } {\na b; # c;\nd;', [['a', 'b'], ['d']]],
    ['a mark in the middle of a word', 'a b#c;', [['a', 'b#c']]],
    ['quotes', `a "b; {c}" 'd "e"';`, [['a', 'b; {c}', 'd "e"']]],
    ['escaped quotes', String.raw`a "b\"c" d\;e;`, [['a', 'b"c', String.raw`d\;e`]]],
    ['variables in braces', 'set $x a${y}b; z;', [['set', '$x', 'a${y}b'], ['z']]],
    ['a closing brace in the middle of a word', 'a b}; c;', [['a', 'b}'], ['c']]],
    ['an expression', 'if ($a = "") { return 1; }', [['if', '($a', '=', '', ')', [['return', '1']]]]],
    [
      'lines that end as on Windows',
      'a b;\r\nc {\r\n}\r\n',
      [
        ['a', 'b'],
        ['c', []],
      ],
    ],
    ['Lua, with braces in its strings', `x_by_lua_block { local a = "}" -- }\n b = [[ } ]] if a then { } end } y;`, [['y']]],
    ['nothing', '', []],
  ])('%s', (_, text, directives) => {
    expect(plainly(unwrap(parseNginx(text)))).toEqual(directives);
  });

  it.each([
    ['a directive that does not end', 'a b', 1],
    ['a block that does not end', 'a {\nb;\n', 3],
    ['a } too many', 'a;\n}', 2],
    ['a quote that does not end', 'a\n"b;', 2],
    ['something right behind a quote', 'a "b"c;', 1],
    ['a block without a name', '{ }', 1],
    ['Lua that does not end', 'x_by_lua_block { {', 1],
  ])('refuses %s, and says where', (_, text, line) => {
    expect(parseNginx(text)).toMatchObject({
      problem: { code: 'SERVER_CONFIG_REFUSED', facts: { detail: expect.stringMatching(`^line ${line}:`) } },
    });
  });

  it('never fails otherwise, whatever it is given', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab {};"\'\\$#\n') }), (text) => typeof parseNginx(text).ok === 'boolean'));
  });
});

describe('the one line', () => {
  const adopt = (text: string) => withInclude(unwrap(readMainConfiguration(text)), INCLUDE);

  it.each([
    ['a block of several lines', 'events { }\nhttp {\n\ta b;\n}\n', `events { }\nhttp {\n\ta b;\n    include ${INCLUDE};\n}\n`],
    ['a block that is indented', '  http {\n    a;\n  }', `  http {\n    a;\n      include ${INCLUDE};\n  }`],
    ['a block of one line', 'http { a; } # }', `http { a; \ninclude ${INCLUDE};\n} # }`],
    ['a block that ends behind a comment', 'http {\n a; # no }\n}', `http {\n a; # no }\n    include ${INCLUDE};\n}`],
    ['lines that end as on Windows', 'http {\r\n}\r\n', `http {\r\n    include ${INCLUDE};\r\n}\r\n`],
    ['an include elsewhere', `mail { include ${INCLUDE}; }\nhttp {\n}`, `mail { include ${INCLUDE}; }\nhttp {\n    include ${INCLUDE};\n}`],
    ['an include in a comment', `http {\n# include ${INCLUDE};\n}`, `http {\n# include ${INCLUDE};\n    include ${INCLUDE};\n}`],
  ])('goes to the end of %s', (_, text, adopted) => {
    expect(adopt(text)).toBe(adopted);
    expect(adopt(adopted)).toBe(adopted);
    expect(includes(unwrap(readMainConfiguration(adopted)), INCLUDE)).toBe(true);
  });

  it.each([`http { include ${INCLUDE}; }`, `http { include "${INCLUDE}" ; }`, `http {\n\tinclude\t'${INCLUDE}';\n}`])(
    'is found in %s',
    (text) => {
      expect(adopt(text)).toBe(text);
      const staged = unwrap(readMainConfiguration(withStaged(unwrap(readMainConfiguration(text)), INCLUDE, '/staged.conf')));
      expect([includes(staged, INCLUDE), includes(staged, '/staged.conf')]).toEqual([false, true]);
    },
  );

  it('is for the staged generation where nothing is adopted yet', () => {
    const staged = unwrap(readMainConfiguration(withStaged(unwrap(readMainConfiguration('http { }')), INCLUDE, '/staged.conf')));
    expect([includes(staged, INCLUDE), includes(staged, '/staged.conf')]).toEqual([false, true]);
  });
});

describe('the servers beside ours', () => {
  it.each([
    ['listen 80; server_name a b;', [{ address: '*', port: 80 }], ['a', 'b']],
    [
      'listen 443 ssl; listen [::]:443 ssl;',
      [
        { address: '*', port: 443 },
        { address: '::', port: 443 },
      ],
      [],
    ],
    [
      'listen 192.0.2.1; listen [2001:DB8::1]:8443;',
      [
        { address: '192.0.2.1', port: 80 },
        { address: '2001:db8::1', port: 8443 },
      ],
      [],
    ],
    [
      'listen *:80; listen 0.0.0.0:81;',
      [
        { address: '*', port: 80 },
        { address: '*', port: 81 },
      ],
      [],
    ],
    ['listen unix:/run/x.sock; listen localhost:80;', [], []],
    ['server_name a;', [{ address: '*', port: 80 }], ['a']],
  ])('%s', (body, listens, names) => {
    const dump = `# configuration file /etc/nginx/nginx.conf:\nhttp { include x; }\n# configuration file /etc/nginx/x:\nserver { ${body} }\n`;
    expect(foreignServers(dump, TREE)).toEqual([{ file: '/etc/nginx/x', listens, names }]);
  });

  it('are not those of our own tree', () => {
    expect(foreignServers(`# configuration file ${TREE}/shards/x.conf:\nserver { listen 80; }\n`, TREE)).toEqual([]);
  });
});

describe('what we write', () => {
  const wording: Wording = {
    tree: TREE,
    build: { http2: 'ON_LISTEN', hybridGroups: true },
    listeners: [
      { address: '192.0.2.1' as IpAddress, httpPort: 80, httpsPort: 443 },
      { address: '2001:db8::1' as IpAddress, httpPort: 8080, httpsPort: 8443 },
    ],
  };
  const id = `${'a'.repeat(64)}.${'b'.repeat(32)}` as CertificateId;
  const site = (name: string, at = 0): Site => {
    const { address, httpsPort: port } = wording.listeners[at]!;
    return { key: { address, port, name: unwrap(parseCertificateName(name)) }, certificates: [id] };
  };
  const shard = (content: string) => ({ path: hostPath('shards', `00.${'0'.repeat(32)}.conf`), content, access: 'OWNER' as const });
  const allowed = (content: string) => admit(TREE).file(shard(content));

  it.each([
    ['ON_LISTEN' as const, true],
    ['DIRECTIVE' as const, false],
    ['ABSENT' as const, true],
  ])('is admitted: HTTP/2 %s', (http2, nameTable) => {
    const words = { ...wording, build: { http2, hybridGroups: false } };
    const sites = [site('a.example'), site('*.b.example'), site('xn--bcher-kva.example', 1)];
    unwrap(allowed(renderSites(sites, words)));
    unwrap(allowed(renderFoundation(words, nameTable)));
  });

  it('names of any input either are none, or make exactly one server with that name', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('a', 'B', '-', '_', '.', '*', 'ü', ' ', ';', '{', '}', '"', "'", '\\', '$', '#', '\n', '/', '~', '^', '|'),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const name = parseCertificateName(text);
        if (!name.ok) return;
        const rendered = renderSites([site(name.value)], wording);
        const [server, ...more] = unwrap(parseNginx(rendered));
        expect([server?.name, more]).toEqual(['server', []]);
        expect(server?.block?.filter((each) => each.name === 'server_name')).toHaveLength(1);
        unwrap(allowed(rendered));
      }),
      { numRuns: 2000 },
    );
  });

  it('a site at an address that is no longer ours answers nowhere', () => {
    const gone = { ...site('a.example'), key: { ...site('a.example').key, address: '203.0.113.1' as IpAddress } };
    expect(renderSites([gone], wording)).toBe('');
  });

  it.each([
    'server { access_log /etc/cron.d/x; }',
    'server { error_log /root/.bashrc debug; }',
    'server { root /; }',
    'server { location / { alias /etc/; } }',
    'server { location / { proxy_pass http://127.0.0.1:8080; } }',
    'server { location /x { return 404 a; } }',
    'server { ssl_certificate /etc/ssl/private/x.pem; }',
    `server { ssl_certificate_key ${TREE}/../x.pem; }`,
    'include /etc/shadow;',
    `include ${TREE}/challenges/a/b;`,
    'load_module /tmp/x.so;',
    'user root;',
    'server { listen 80; }',
    'server { listen unix:/run/x.sock; }',
    'server { listen 192.0.2.1:80 proxy_protocol; }',
    'server { server_name "~.*"; }',
    'server { server_name a b; }',
    'server { if ($https = "") { return 404 a; } }',
    'server { location / { if (-f /etc/passwd) { return 404 a; } } }',
    'server { location / { return 308 https://$http_x$request_uri; } }',
    'server { location / { return 308 https://a.example/$request_uri; } }',
    'server { location / { return 200 $http_cookie; } }',
    'server { location / { types { text/html html; } } }',
    'server { location / { types; } }',
    'toString;',
    'server;',
    'server { x_by_lua_block { os.execute("id") } access_log /x; }',
    'server { ssl_ciphers "A;B"; }',
    'server {',
  ])('does not admit %s', (content) => {
    expect(allowed(content)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
  });

  it.each([
    ['nginx.conf', 'OWNER'],
    ['shards/zz.conf', 'OWNER'],
    ['certificates/x.pem', 'OWNER'],
    [`certificates/${id}.pem`, 'ALL'],
    ['generations/1.conf', 'WORKERS'],
    ['pairs/x.1.pem', 'WORKERS'],
    ['challenges/a/t', 'ALL'],
    ['challenges/other-kind/a/t', 'ALL'],
    ['challenges/acme-challenge/a', 'ALL'],
    ['challenges/acme-challenge/a/b/c', 'ALL'],
    ['challenges/pki-validation/a/t.html', 'ALL'],
  ] as const)('admits no file %s for %s', (path, access) => {
    expect(admit(TREE).file({ path: hostPath(...path.split('/')), content: '', access })).toMatchObject({
      problem: { code: 'INVALID_INPUT' },
    });
  });

  it.each(['tree', '/', '/var/lib/my tree', '/a;b', '/a/$b', '/a/../b', '/a/', '//a', '/a"b', "/a'b", '/a\nb', '/a{b', '/.a'])(
    'is at no place %j',
    (tree) => {
      expect(parseNginxPlace({ binary: '/usr/sbin/nginx', mainConfiguration: '/etc/nginx/nginx.conf', tree }).ok).toBe(false);
    },
  );

  describe('to be looked up by name', () => {
    const text = renderByName({ ...wording, build: { ...wording.build, keepsCertificates: true } }, { pairs: true });

    it('is admitted as it is, and its maps only whole', () => {
      expect(allowed(text)).toEqual({ ok: true, value: undefined });
      for (const [from, to] of [
        ['names/192.0.2.1_443/$hostseal_place', 'certificates/$hostseal_place'],
        [' exact $hostseal_exact;', ' exact $host;'],
        [`${TREE}/neutral.pem;`, '/etc/shadow;'],
        ['error_log /dev/null emerg;', 'error_log /etc/cron.d/x emerg;'],
        ['ssl_certificate $hostseal_certificate;', 'ssl_certificate $host;'],
      ] as const) {
        expect(text).toContain(from);
        expect(allowed(text.replace(from, to))).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
      }
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(4096);
    });

    it.each([
      ['site.example', 'names/192.0.2.1_443/exact/si/site.example'],
      ['www.site.example', 'names/192.0.2.1_443/exact/si/www.site.example'],
      ['*.a.example', 'names/192.0.2.1_443/wildcard/a/a.example'],
    ])('%s has its link at %s, which leads to certificates alone', (name, at) => {
      const link = linkOf(site(name).key);
      expect(link).toBe(at);
      const leads = (to: string) => admit(TREE).link(link, hostPath(...to.split('/'))).ok;
      expect(['certificates/' + id + '.pem', 'neutral.pem', 'challenges/a', 'generations/1.conf'].map(leads)).toEqual([
        true,
        false,
        false,
        false,
      ]);
    });
  });

  it('no line is too long for nginx, whatever the names', () => {
    const long = `*.${['a', 'b', 'c'].map((label) => label.repeat(63)).join('.')}.${'d'.repeat(55)}`;
    const sites = Array.from({ length: 100 }, () => ({ ...site(long), certificates: [id, id, id, id] }));
    const lines = spellShard(sites, renderSites(sites, wording)).split('\n');
    // NGX_CONF_BUFFER in src/core/ngx_conf_file.c
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(4096);
  });
});
