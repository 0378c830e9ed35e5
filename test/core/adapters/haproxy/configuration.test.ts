/** HAProxy's words: what we write, what we let pass, what we say to its socket, what we understand of somebody else's. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostPath, type HostPath } from '../../../../src/adapters/hosts/host-path.js';
import type { CertificateId, Site } from '../../../../src/adapters/installers/generations/site.js';
import { spellGeneration, spellShard, type Digest } from '../../../../src/adapters/installers/generations/tree/files.js';
import { admit } from '../../../../src/adapters/installers/haproxy/admit.js';
import {
  challengeKey,
  challengeValue,
  withChallenge,
  withoutChallenge,
} from '../../../../src/adapters/installers/haproxy/challenge-map.js';
import { readBuild } from '../../../../src/adapters/installers/haproxy/haproxy-build.js';
import { parseHaproxyPlace } from '../../../../src/adapters/installers/haproxy/haproxy-place.js';
import { listsOf } from '../../../../src/adapters/installers/haproxy/lists.js';
import { renderFoundation, renderNames, renderSites, type Wording } from '../../../../src/adapters/installers/haproxy/render.js';
import { runtimeSocket } from '../../../../src/adapters/installers/haproxy/server/runtime-socket.js';
import { HAPROXY_SPELLING } from '../../../../src/adapters/installers/haproxy/spelling.js';
import { foreignBinds } from '../../../../src/adapters/installers/haproxy/syntax/binds.js';
import type { Listener } from '../../../../src/adapters/installers/installer.js';
import { parseCertificateName, type Hostname } from '../../../../src/values/hostname.js';
import { unwrap } from '../../../../src/values/result.js';

const TREE = '/var/lib/hostseal-haproxy';
const id = `${'a'.repeat(64)}.${'b'.repeat(32)}` as CertificateId;
const DIGEST = '0'.repeat(32) as Digest;
const site = (name: string, address = '192.0.2.1'): Site => ({ key: { address, port: 443, name } as Site['key'], certificates: [id] });
const listeners = ['192.0.2.1', '2001:db8::1'].map((address) => ({ address, httpPort: 80, httpsPort: 443 })) as unknown as Listener[];
const wording: Wording = { tree: TREE, build: { hybridGroups: true }, listeners };
const SHARD = hostPath('shards', `0123ab.${DIGEST}.conf`);
const allowed = (content: string, path: HostPath = SHARD) => admit(TREE).file({ path, content, access: 'OWNER' });

const hostile = fc.string({ unit: fc.constantFrom(...'ab.*-_"\'\\ \n\r\t#;<>/$%{}&|@:1éÅ'), maxLength: 30 });

describe('what we write', () => {
  it('is let pass: lists, names, foundations and generations', () => {
    const sites = [site('a.example'), site('*.c.example')];
    unwrap(allowed(spellShard(sites, renderSites(sites, wording))));
    unwrap(allowed(renderNames(sites, wording), hostPath('shards', `0123ab.${DIGEST}.names`)));
    for (const hybridGroups of [true, false]) {
      for (const httpsPort of [443, 8443]) {
        const here = listeners.map((each) => ({ ...each, httpsPort }));
        const shards = new Map(here.flatMap(listsOf).map((shard) => [shard, DIGEST]));
        const foundation = renderFoundation({ ...wording, build: { hybridGroups }, listeners: here });
        unwrap(allowed(foundation, hostPath('foundations', `base.${DIGEST}.conf`)));
        const generation = spellGeneration(7, { foundation: DIGEST, shards }, TREE, HAPROXY_SPELLING, [foundation]);
        unwrap(allowed(generation, hostPath('generations', '7.conf')));
      }
    }
  });

  it('keeps to HAProxy’s 64 words of a line', () => {
    const foundation = renderFoundation(wording);
    const shards = new Map(listeners.flatMap(listsOf).map((shard) => [shard, DIGEST]));
    const lines = spellGeneration(7, { foundation: DIGEST, shards }, TREE, HAPROXY_SPELLING, [foundation]).split('\n');
    expect(Math.max(...lines.filter((line) => !line.startsWith('#')).map((line) => line.trim().split(/\s+/).length))).toBeLessThan(64);
  });

  it('names of any input either are none, or are let pass as one name', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.domain()), (text) => {
        const name = parseCertificateName(text);
        if (name.ok) unwrap(allowed(spellShard([site(name.value)], renderSites([site(name.value)], wording))));
      }),
    );
  });
});

describe('what is let pass', () => {
  const certificate = `${TREE}/certificates/${id}.pem`;
  it.each([
    ['a program', 'external-check command /bin/sh'],
    ['a log', 'log /dev/log local0'],
    ['a socket', 'stats socket /tmp/s level admin'],
    ['Lua', 'lua-load /tmp/x.lua'],
    ['a section of its own', 'global'],
    ['a certificate from elsewhere', '/etc/ssl/private/theirs.pem a.example'],
    ['a certificate above the tree', `${TREE}/certificates/../../x.pem a.example`],
    ['options of a list', `${certificate} [verify none] a.example`],
    ['a second name', `${certificate} a.example b.example`],
    ['a name with a line break of another kind', `${certificate} a.example\r`],
    ['a list from elsewhere', `    bind 192.0.2.1:443 ssl crt ${TREE}/neutral.pem crt-list /etc/x`],
    ['a comment that goes on', '# x\\'],
    ['a redirect elsewhere', '    http-request redirect code 308 location https://evil.example%[pathq]'],
  ])('not %s', (_, line) => {
    expect(allowed(`${line}\n`)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
  });

  it('not what any input would add to a line of ours', () => {
    const line = `${certificate} a.example`;
    fc.assert(
      fc.property(hostile, fc.nat(line.length), (text, at) => {
        const content = line.slice(0, at) + text + line.slice(at);
        const stays = content
          .split('\n')
          .filter(Boolean)
          .every(
            (each) =>
              each.startsWith('#') ||
              /^\/var\/lib\/hostseal-haproxy\/certificates\/[0-9a-f]{64}\.[0-9a-f]{32}\.pem [a-z0-9*._-]+$/.test(each),
          );
        if (!stays) expect(allowed(content).ok).toBe(false);
      }),
    );
  });

  it.each([
    ['names.names', 'a.example b.example'],
    ['names.names', '../x'],
    ['map', 'a.example/.well-known/acme-challenge/x 1n|%[src]'],
    ['map', 'a.example/etc/passwd 1n|eA=='],
    ['map', 'a.example/.well-known/acme-challenge/x 1n|eA== more'],
  ])('not in %s: %s', (file, line) => {
    const path = file === 'map' ? hostPath('challenges.map') : hostPath('shards', `0123ab.${DIGEST}.names`);
    expect(allowed(`${line}\n`, path)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
  });
});

describe('what is said to its socket', () => {
  it.each([[['show info;', 'x']], [['show', 'a\nb']], [['show', 'a b']], [['show', '']], [['show', '<<']], [['a\\']], [[]]])(
    'is no more than one command: %j is not sent',
    async (words) => {
      expect(await runtimeSocket('/nonexistent', 100)({ words })).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    },
  );

  it.each(['a\n\nb', '', 'a\n', 'a\n \nshow info', 'x'.repeat(20_000)])('a payload ends where ours ends: %#', async (payload) => {
    expect(await runtimeSocket('/nonexistent', 100)({ words: ['add'], payload })).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
  });
});

describe('challenges in a map', () => {
  const challenge = { name: 'a.example' as Hostname, kind: 'acme-challenge', token: 'x' } as const;

  it('take the place of the one before, and go without a trace', () => {
    const key = challengeKey(challenge);
    const one = unwrap(withChallenge('b.example/.well-known/acme-challenge/y 1n|eA==\n', key, unwrap(challengeValue('one'))));
    const two = unwrap(withChallenge(one, key, unwrap(challengeValue('two'))));
    expect(two.split('\n').filter((line) => line.startsWith(key))).toEqual([`${key} 1n|${Buffer.from('two').toString('base64')}`]);
    expect(withoutChallenge(two, key)).toBe('b.example/.well-known/acme-challenge/y 1n|eA==\n');
  });

  it('are refused when there are too many', () => {
    const full = Array.from({ length: 10_000 }, (_, at) => `n${at}.example/.well-known/acme-challenge/x 1n|eA==\n`).join('');
    expect(withChallenge(full, challengeKey(challenge), '1n|eA==')).toMatchObject({ problem: { code: 'CHALLENGE_LIMIT_REACHED' } });
  });
});

describe('what we understand of somebody else’s', () => {
  it.each([
    ['bind :80', [['*', 80, 80]]],
    ['\tbind *:443 ssl crt /x', [['*', 443, 443]]],
    [
      'bind 192.0.2.1:80,[2001:DB8::1]:8000-8010',
      [
        ['192.0.2.1', 80, 80],
        ['2001:db8::1', 8000, 8010],
      ],
    ],
    ['bind ipv6@:80', [['::', 80, 80]]],
    ['bind [::]:80 v4v6', [['::', 80, 80]]],
    ['bind "${ADDRESS}:80"', []],
    ['bind /run/x.sock', []],
    ['bind abns@x', []],
    ['# bind :80', []],
    ['binding :80', []],
  ])('%s', (line, binds) => {
    expect(foreignBinds(line, '/f').map(({ address, from, to }) => [address, from, to])).toEqual(binds);
  });

  it('any text is read in bounds', () => {
    fc.assert(fc.property(fc.string(), (text) => void foreignBinds(`bind ${text}`, '/f')));
  });

  it('a build', () => {
    const output = (version: string, library: string) =>
      `HAProxy version ${version} 2025/10/03 - https://haproxy.org/\nRunning on OpenSSL version : ${library} 27 Jan 2026\nOpenSSL library supports SNI : yes\n`;
    expect(unwrap(readBuild(output('2.6.12-1+deb12u3', 'OpenSSL 3.0.19')))).toEqual({
      version: '2.6.12-1+deb12u3',
      tlsLibrary: 'OpenSSL 3.0.19',
      hybridGroups: false,
    });
    expect(unwrap(readBuild(output('3.2.4', 'OpenSSL 3.5.1'))).hybridGroups).toBe(true);
    expect(readBuild(output('2.2.9', 'OpenSSL 1.1.1'))).toMatchObject({ problem: { code: 'SERVER_REFUSED' } });
  });

  it.each([
    ['a relative path', { binary: 'haproxy' }],
    ['a path with a space', { tree: '/var/lib/host seal' }],
    ['no file of theirs', { configuration: [] }],
    ['a socket’s path that is too long', { statsSocket: `/${'x'.repeat(110)}` }],
  ])('a place is none with %s', (_, wrong) => {
    const place = {
      binary: '/usr/sbin/haproxy',
      configuration: ['/etc/haproxy/haproxy.cfg'],
      tree: TREE,
      statsSocket: '/run/haproxy/admin.sock',
    };
    expect(parseHaproxyPlace(place)).toMatchObject({ ok: true });
    expect(parseHaproxyPlace({ ...place, ...wrong })).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
  });
});
