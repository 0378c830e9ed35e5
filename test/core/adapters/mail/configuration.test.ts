/** The words of Dovecot and Postfix: what we write, what we let pass, what we understand of somebody else's. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostPath } from '../../../../src/adapters/hosts/host-path.js';
import * as dovecot from '../../../../src/adapters/installers/dovecot/admit.js';
import { readBuild as readDovecot } from '../../../../src/adapters/installers/dovecot/dovecot-build.js';
import { DOVECOT } from '../../../../src/adapters/installers/dovecot/manifest.js';
import { taken } from '../../../../src/adapters/installers/dovecot/neighbours.js';
import * as dovecotWords from '../../../../src/adapters/installers/dovecot/render.js';
import {
  includes,
  readLocalNames,
  readSettings,
  withInclude,
  withoutInclude,
  withStaged,
} from '../../../../src/adapters/installers/dovecot/syntax.js';
import { mailDisagreement, mailShardOf } from '../../../../src/adapters/installers/generations/mail/mail-sites.js';
import type { CertificateId, Site } from '../../../../src/adapters/installers/generations/site.js';
import { spellShard } from '../../../../src/adapters/installers/generations/tree/files.js';
import type { MailListener } from '../../../../src/adapters/installers/installer.js';
import * as postfix from '../../../../src/adapters/installers/postfix/admit.js';
import { leadsTo, withTable } from '../../../../src/adapters/installers/postfix/main-cf.js';
import { POSTFIX } from '../../../../src/adapters/installers/postfix/manifest.js';
import { readBuild as readPostfix } from '../../../../src/adapters/installers/postfix/postfix-build.js';
import * as postfixWords from '../../../../src/adapters/installers/postfix/render.js';
import { parseCertificateName } from '../../../../src/values/hostname.js';
import { unwrap } from '../../../../src/values/result.js';

const tree = '/var/lib/hostseal-mail';
const id = (letter = 'a') => `${letter.repeat(64)}.${'b'.repeat(32)}` as CertificateId;
const site = (name: string, port = 993, certificates = [id()]): Site => ({
  key: { address: '192.0.2.1', port, name } as Site['key'],
  certificates,
});
const mail = [{ address: '192.0.2.1', ports: [{ port: 993 }, { port: 143, startTls: 'imap' }] }] as unknown as MailListener[];
const wording = { tree, mail };
const path = hostPath('shards', `00.${'0'.repeat(32)}.conf`);

describe.each([
  ['Dovecot', dovecotWords, dovecot.admit(tree)],
  ['Postfix', postfixWords, postfix.admit(tree)],
])('what we write for %s', (_, words, admit) => {
  const allowed = (content: string) => admit.file({ path, content, access: 'OWNER' });

  it('is let pass, one entry for a name at several ports, and none for a place that is no more', () => {
    const sites = [site('a.example'), site('a.example', 143), site('*.b.example', 993, [id(), id('c')]), site('gone.example', 995)];
    const text = words.renderSites(sites, wording);
    unwrap(allowed(spellShard(sites, text)));
    unwrap(allowed(words.renderFoundation(wording)));
    expect(text.match(/ a\.example |^a\.example /gm)).toHaveLength(1);
    expect(text).not.toContain('gone');
    expect(text.match(/\.pem/g)?.length).toBe(text.includes('local_name') ? 6 : 3);
  });

  it('names of any input either are none, or are let pass as one name', () => {
    const tricky = fc.string({ unit: fc.constantFrom(...'ab.*-_"\'\\ \n\t#<>/$%{}&1éÅ'), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(tricky, fc.domain()), (text) => {
        const name = parseCertificateName(text);
        if (name.ok) unwrap(allowed(spellShard([site(name.value)], words.renderSites([site(name.value)], wording))));
      }),
    );
  });
});

describe('names of mail', () => {
  it('exact ones come before wildcards, and one name is in one shard wherever it is bound', () => {
    expect(mailShardOf(site('a.example').key)).toBe(mailShardOf(site('a.example', 143).key));
    expect(mailShardOf(site('zz.example').key)).toMatch(/^[0-9a-f]{2}$/);
    expect(mailShardOf(site('*.a.example').key)).toMatch(/^ff00[0-9a-f]{2}$/);
  });

  it('two certificates for one name are said with both bindings, and so are three of one', () => {
    expect(mailDisagreement([site('a.example'), site('a.example', 143, [id('c')])], 2, 'X')).toBe(
      '192.0.2.1:143 a.example has another certificate than 192.0.2.1:993 a.example: X has one for each name, at all addresses and ports',
    );
    expect(mailDisagreement([site('a.example', 993, [id(), id('c'), id('d')])], 2, 'X')).toContain('more than 2 certificates');
    expect(mailDisagreement([site('a.example', 993, [id(), id('c')]), site('a.example', 143, [id('c'), id()])], 2, 'X')).toBeUndefined();
  });
});

describe("somebody else's Dovecot", () => {
  const ours = `${tree}/current.conf`;

  it.each([
    ['ssl = yes\n', `ssl = yes\n!include_try ${ours}\n`],
    ['ssl = yes', `ssl = yes\n!include_try ${ours}\n`],
    ['ssl = yes\r\n', `ssl = yes\r\n!include_try ${ours}\r\n`],
    [`# !include_try ${ours}\n`, `# !include_try ${ours}\n!include_try ${ours}\n`],
    [`  !include ${ours}  \nssl = yes\n`, `  !include ${ours}  \nssl = yes\n`],
  ])('%j gets one line of ours, once', (text, after) => {
    expect(withInclude(text, ours)).toBe(after);
    expect([includes(after, ours), withInclude(after, ours)]).toEqual([true, after]);
    expect(withoutInclude(withInclude('ssl = yes\n', ours), ours).trim()).toBe('ssl = yes');
    expect(withStaged(text, ours, '/staged')).toContain('!include /staged');
  });

  it('is understood as its program prints it', () => {
    const printed =
      '# 2.3.19.1 (9b5): /x\nssl_cert = </x.pem\nssl_key = # hidden\nlocal_name "a.example *.b.example" {\n  ssl_cert = </y.pem\n}\nempty =\n';
    expect(readLocalNames(printed)).toEqual(['a.example', '*.b.example']);
    expect([readSettings(printed).get('ssl_cert'), readSettings(printed).get('empty')]).toEqual(['</x.pem', '']);
    const keys = ['a.example', 'x.b.example', '*.b.example', 'x.y.b.example', '*.a.example'].map((name) => site(name).key);
    expect(taken(keys, readLocalNames(printed), '/x').map(({ subject }) => subject?.split(' ')[1])).toEqual([
      'a.example',
      'x.b.example',
      '*.b.example',
    ]);
  });

  it.each([
    ['2.3.19.1 (9b53102964)\n', true],
    ['2.3.21\n', true],
    ['2.4.1-4 (7d8c0e5759)\n', false],
    ['2.2.36\n', false],
    ['nginx/1.22\n', false],
  ])('of %j we say whether we speak its language', (version, ok) => {
    expect(readDovecot({ version, tlsLibrary: 'OpenSSL 3.0.19' }).ok).toBe(ok);
    expect(readDovecot({ version, tlsLibrary: '' }).ok).toBe(false);
  });
});

describe("somebody else's main.cf", () => {
  const ours = `texthash:${tree}/current.conf`;

  it.each([
    ['', `tls_server_sni_maps = ${ours}\n`],
    ['x = y', `x = y\ntls_server_sni_maps = ${ours}\n`],
    ['tls_server_sni_maps =\nx = y\n', `tls_server_sni_maps = ${ours}\nx = y\n`],
    ['tls_server_sni_maps = hash:/a\n', `tls_server_sni_maps = hash:/a, ${ours}\n`],
    [
      'tls_server_sni_maps =\n  hash:/a,\n# no\n\n  hash:/b  \n# end\nx = y\n',
      `tls_server_sni_maps =\n  hash:/a,\n# no\n\n  hash:/b, ${ours}  \n# end\nx = y\n`,
    ],
    [
      'tls_server_sni_maps = hash:/a\ntls_server_sni_maps = hash:/b\n',
      `tls_server_sni_maps = hash:/a\ntls_server_sni_maps = hash:/b, ${ours}\n`,
    ],
    [`# tls_server_sni_maps = ${ours}\n`, `# tls_server_sni_maps = ${ours}\ntls_server_sni_maps = ${ours}\n`],
  ])('%j gets our table behind its own, once', (text, after) => {
    expect(withTable(text, ours)).toBe(after);
    expect([leadsTo(text, ours), leadsTo(after, ours), withTable(after, ours)]).toEqual([false, true, after]);
  });

  it.each([
    ['3.7.11', true],
    ['3.10-20240601', true],
    ['3.4.0', true],
    ['3.3.22', false],
    ['2.11.0', false],
    ['', false],
  ])('Postfix %j can choose by name: %s', (version, ok) => {
    expect(readPostfix({ version, tlsLibrary: 'OpenSSL 3.0.19' }).ok).toBe(ok);
  });
});

it.each([
  [DOVECOT, { binary: '/usr/sbin/dovecot', mainConfiguration: '/etc/dovecot/dovecot.conf', tree }],
  [POSTFIX, { commands: '/usr/sbin', configuration: '/etc/postfix', tree }],
])('a place says neither too little nor too much, and only plain paths', (member, place) => {
  expect(unwrap(member.place(place)).paths).toEqual(Object.values(place));
  for (const wrong of [{ ...place, tree: '/a b' }, { ...place, tree: 'x' }, { ...place, more: '/x' }, { tree }, undefined]) {
    expect(member.place(wrong)).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
  }
});
