/** What every host has to keep: the rules in adapters/hosts/host.ts. `inside` is an independent look at the tree. */
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostPath, type HostPath } from '../../src/adapters/hosts/host-path.js';
import { MAX_FILE_BYTES, type Admit, type Host, type HostFile, type Verbs } from '../../src/adapters/hosts/host.js';
import { runCommand } from '../../src/adapters/hosts/local/run-command.js';
import { problem } from '../../src/values/problems/problem.js';
import { err, ok, unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import { smallDisk } from '../support/suite/small-disk.js';

export type HostFixture = {
  readonly host: Host;
  /** A second one on the same tree: another process, as far as the member can be had in one. */
  readonly another: Host;
  stop(): Promise<void>;
};
/** What a fixture makes its host with. */
export type HostMaking = { readonly tree: string; readonly verbs: Verbs; readonly admit: Admit };

const command = (program: string, args: readonly string[], maxOutputBytes = 100_000) =>
  runCommand({ program, args, timeoutMs: 500, maxOutputBytes });
const words = async (ended: ReturnType<typeof runCommand>) => {
  const it = await ended;
  return it.ok ? ok(`${it.value.code} ${it.value.stdout}${it.value.stderr}`) : it;
};
const VERBS: Verbs = {
  say: (args) => words(command('/bin/echo', args)),
  environment: () => words(command('/usr/bin/env', [])),
  fail: () => words(command('/bin/false', [])),
  // The second one holds the output open after its parent was killed.
  hang: () => words(command('/bin/sh', ['-c', 'sleep 1000 & sleep 1000'])),
  flood: () => words(command('/usr/bin/yes', ['a line that does not end the flood'])),
  absent: () => words(command('/nowhere/nginx', [])),
  write: async () => ok(`${await writeFile('/dev/full', 'x')}`),
  crash: () => words(command('/bin/sh', ['-c', 'kill -SEGV $$'])),
};
const unlessForbidden = (path: string) =>
  path.startsWith('forbidden/') ? err(problem('INVALID_INPUT', { detail: 'not here' })) : ok(undefined);
const ADMIT: Admit = { file: ({ path }) => unlessForbidden(path), link: (_, to) => unlessForbidden(to) };

export function hostContract(member: string, start: (making: HostMaking) => Promise<HostFixture>): void {
  describe(`Host contract: ${member}`, () => {
    let folder: string;
    let tree: string;
    let fixture: HostFixture;
    const host = () => fixture.host;
    const inside = (path: string) => join(tree, path);
    const file = (path: string, content: HostFile['content'] = 'content', access: HostFile['access'] = 'OWNER'): HostFile => ({
      path: hostPath(...path.split('/')),
      content,
      access,
    });
    const text = async (path: string) => unwrap(await host().read(hostPath(...path.split('/'))))?.revealText();

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'host-'));
      tree = join(folder, 'tree');
      fixture = await start({ tree, verbs: VERBS, admit: ADMIT });
    });
    afterAll(async () => {
      await fixture.stop();
      await rm(folder, { recursive: true });
    });

    it('has nothing before anything is written', async () => {
      expect(await text('a/b')).toBeUndefined();
      expect(unwrap(await host().list(hostPath('a')))).toEqual([]);
      expect(unwrap(await host().target(hostPath('a')))).toBeUndefined();
      unwrap(await host().remove([hostPath('a', 'b')]));
    });

    it('writes, reads, lists, replaces and removes', async () => {
      unwrap(await host().write([file('f/one', 'first – ünï'), file('f/two', Secret.of('key'), 'ALL'), file('g', '')]));
      expect([await text('f/one'), await text('f/two'), await text('g')]).toEqual(['first – ünï', 'key', '']);
      expect(unwrap(await host().list(hostPath('f')))).toEqual(['one', 'two']);
      unwrap(await host().write([file('f/one', 'second')]));
      expect(await readFile(inside('f/one'), 'utf8')).toBe('second');
      unwrap(await host().remove([hostPath('f'), hostPath('f', 'one'), hostPath('never')]));
      expect(unwrap(await host().list(hostPath('f')))).toEqual(['two']);
      unwrap(await host().remove([hostPath('f', 'two'), hostPath('f')]));
      expect(await readdir(tree)).toEqual(expect.not.arrayContaining(['f']));
    });

    it('lets other users read what is meant for them, and pass through folders without seeing names', async () => {
      unwrap(await host().write([file('modes/own'), file('modes/all', 'x', 'ALL')]));
      const modes = await Promise.all(['modes', 'modes/own', 'modes/all'].map(async (path) => (await lstat(inside(path))).mode & 0o777));
      expect(modes).toEqual([0o711, 0o600, 0o644]);
    });

    it('takes a thousand files at once, and leaves nothing half written', async () => {
      const files = Array.from({ length: 1000 }, (_, i) => file(`many/${i}`, `${i}`.repeat(700)));
      unwrap(await host().write(files));
      expect(unwrap(await host().list(hostPath('many')))).toHaveLength(1000);
      expect(await text('many/999')).toBe('999'.repeat(700));
      expect(await readdir(inside('.incoming'))).toEqual([]);
      unwrap(await host().remove(files.map(({ path }) => path)));
    });

    it('clears away what a killed one left half written', async () => {
      await writeFile(inside('.incoming/0'), 'half a key');
      unwrap(await host().write([file('whole', 'whole')]));
      expect([await text('whole'), await readdir(inside('.incoming'))]).toEqual(['whole', []]);
    });

    it('a link is switched in one step, and leads into the tree', async () => {
      unwrap(await host().write([file('g1'), file('g2')]));
      unwrap(await host().point(hostPath('now'), hostPath('g1')));
      unwrap(await host().point(hostPath('now'), hostPath('g2')));
      expect(unwrap(await host().target(hostPath('now')))).toBe('g2');
      expect(await host().point(hostPath('g1'), hostPath('g2'))).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
      expect(await host().point('sub/now' as HostPath, hostPath('g2'))).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    });

    it('puts aside what somebody else put there, whatever it is, under a name that is free', async () => {
      unwrap(await host().write([file('odd/one', 'first')]));
      unwrap(await host().putAside([hostPath('odd', 'one'), hostPath('odd', 'absent')]));
      await symlink('/nowhere', inside('odd/one'));
      unwrap(await host().putAside([hostPath('odd', 'one')]));
      expect(await readdir(inside('odd'))).toEqual([]);
      expect((await readdir(inside('found-by-hand'))).sort()).toEqual(['odd--one.1', 'odd--one.2']);
      expect(await readFile(inside('found-by-hand/odd--one.1'), 'utf8')).toBe('first');
      expect(await host().putAside(['../x' as HostPath])).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    });

    it('links deep in the tree are moved, added and taken away, and what is no link is left alone', async () => {
      const [one, two] = [hostPath('names', 'a', 'one'), hostPath('names', 'a', 'two')];
      unwrap(await host().write([file('g1'), file('g2')]));
      unwrap(
        await host().move([
          { link: one, to: hostPath('g1') },
          { link: two, to: hostPath('g1') },
        ]),
      );
      unwrap(await host().move([{ link: one, to: hostPath('g2') }, { link: two }, { link: hostPath('names', 'b', 'absent') }]));
      expect(unwrap(await host().target(one))).toBe('g2');
      expect(await readFile(inside(one), 'utf8')).toBe(await readFile(inside('g2'), 'utf8'));
      expect(unwrap(await host().list(hostPath('names', 'a')))).toEqual(['one']);
      expect(await host().move([{ link: hostPath('g1'), to: hostPath('g2') }])).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
      expect(await host().move([{ link: one, to: hostPath('forbidden', 'file') }])).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
      expect(await host().move([{ link: '../x' as HostPath, to: hostPath('g2') }])).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
    });

    it.each([
      '',
      '/etc/passwd',
      '../x',
      'a/../../x',
      'a//b',
      'a/',
      './a',
      '.fence',
      'a/.b',
      'a\0b',
      'a\nb',
      'a b',
      'a"',
      '*',
      'ä',
      '-/../x',
      'a/b/c/d/e/f/g/h/i',
    ])('refuses the path %j in every call', async (hostile) => {
      const path = hostile as HostPath;
      const before = await readdir(folder);
      const calls = [
        host().read(path),
        host().list(path),
        host().target(path),
        host().write([{ ...file('x'), path }]),
        host().remove([path]),
        host().point(path, hostPath('x')),
        host().point(hostPath('x'), path),
      ];
      for (const refused of await Promise.all(calls)) {
        expect(refused).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
      }
      expect(await readdir(folder)).toEqual(before);
    });

    it('does not admit what it was told not to, and then writes nothing of the list', async () => {
      const refused = await host().write([file('allowed'), file('forbidden/file')]);
      expect(refused).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
      expect(await text('allowed')).toBeUndefined();
    });

    it('lets no link lead to where it was told not to', async () => {
      const link = hostPath('judged');
      expect(await host().point(link, hostPath('forbidden', 'file'))).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
      expect(unwrap(await host().target(link))).toBeUndefined();
    });

    it('goes through no link, whether to a file or a folder, out of the tree or in it', async () => {
      await mkdir(join(folder, 'outside'));
      await writeFile(join(folder, 'outside', 'file'), 'outside');
      unwrap(await host().write([file('real/file')]));
      await symlink(join(folder, 'outside'), inside('out'));
      await symlink('real', inside('in'));
      await symlink(join(folder, 'outside', 'file'), inside('real/link'));
      for (const path of ['out/file', 'in/file', 'real/link'].map((each) => each as HostPath)) {
        expect(await host().read(path)).toMatchObject({ problem: { code: 'CHANGED_BY_HAND', facts: { detail: 'it is a link' } } });
        expect(await host().write([{ ...file('x'), path }])).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
      }
      expect(await host().list('out' as HostPath)).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
      expect(await host().target(hostPath('out'))).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
      expect(await host().remove(['out/file' as HostPath])).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
      expect(await readFile(join(folder, 'outside', 'file'), 'utf8')).toBe('outside');
      unwrap(await host().remove([hostPath('out'), hostPath('in'), hostPath('real', 'link')]));
      expect(await readFile(join(folder, 'outside', 'file'), 'utf8')).toBe('outside');
    });

    it.runIf(process.geteuid?.() === 0)('trusts no folder that another user could write in', async () => {
      unwrap(await host().write([file('open/file'), file('theirs/file')]));
      await chmod(inside('open'), 0o777);
      await chown(inside('theirs'), 65_534, 65_534);
      for (const path of [hostPath('open', 'file'), hostPath('theirs', 'file')]) {
        expect(await host().read(path)).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
        expect(await host().write([{ ...file('x'), path }])).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
      }
    });

    it('bounds what is read, and waits for no pipe', async () => {
      await writeFile(inside('large'), Buffer.alloc(MAX_FILE_BYTES + 1));
      expect(await host().read(hostPath('large'))).toMatchObject({ problem: { code: 'TOO_LARGE' } });
      unwrap(await runCommand({ program: '/usr/bin/mkfifo', args: [inside('pipe')], timeoutMs: 1000, maxOutputBytes: 100 }));
      expect(await host().read(hostPath('pipe'))).toMatchObject({ problem: { code: 'CHANGED_BY_HAND' } });
    });

    it('refuses the token of one that was replaced, in every call that carries one, for good', async () => {
      unwrap(await host().write([file('fenced', 'old')], 7));
      unwrap(await fixture.another.write([file('fenced', 'new')], 9));
      for (const late of [
        await host().write([file('fenced', 'late')], 8),
        await host().remove([hostPath('fenced')], 8),
        await host().point(hostPath('fenced-link'), hostPath('fenced'), 8),
        await host().move([{ link: hostPath('fenced-link'), to: hostPath('fenced') }], 8),
        await host().putAside([hostPath('fenced')], 8),
        await host().run('say', ['late'], 8),
      ]) {
        expect(late).toMatchObject({ problem: { code: 'STALE_FENCE', facts: { fence: 8, newest: 9 } } });
      }
      expect(await text('fenced')).toBe('new');
      unwrap(await host().write([file('fenced', 'newest')], 9));
      expect(unwrap(await host().run('say', ['now'], 9))).toBe('0 now\n');
    });

    it('many writers at once never mix', async () => {
      const writers = Array.from({ length: 20 }, (_, i) => (i % 2 ? host() : fixture.another));
      const wrote = await Promise.all(writers.map((writer, i) => writer.write([file('shared', `${i}`.repeat(10_000)), file(`own/${i}`)])));
      wrote.forEach(unwrap);
      expect(new Set(await text('shared')).size).toBeLessThanOrEqual(2);
      expect(unwrap(await host().list(hostPath('own')))).toHaveLength(20);
    });

    it('runs its verbs with arguments that no shell sees, in a clean environment', async () => {
      expect(unwrap(await host().run('say', ['$HOME; `id`', "'", 'two words']))).toBe("0 $HOME; `id` ' two words\n");
      process.env['HOSTSEAL_CANARY'] = 'seen';
      const environment = unwrap(await host().run('environment', []));
      delete process.env['HOSTSEAL_CANARY'];
      expect(environment).not.toContain('CANARY');
      expect(unwrap(await host().run('fail', []))).toBe('1 ');
    });

    it.each([
      ['rm', 'INVALID_INPUT'],
      ['toString', 'INVALID_INPUT'],
      ['hang', 'SERVER_UNREACHABLE'],
      ['flood', 'SERVER_REFUSED'],
      ['absent', 'SERVER_UNREACHABLE'],
      ['crash', 'SERVER_REFUSED'],
      ['write', 'SERVER_DISK_FULL'],
    ])('the verb %s is %s', async (verb, code) => {
      expect(await host().run(verb, [])).toMatchObject({ problem: { code } });
    });
  });

  describe(`Host contract: ${member} on a small disk`, () => {
    it('a full disk refuses whole files, keeps the old ones, leaves nothing behind, and a link can still be switched', async (context) => {
      const disk = await smallDisk();
      if (!disk) return context.skip('a small file system of its own cannot be mounted here');
      const tree = join(disk.path, 'tree');
      const { host, stop } = await start({ tree, verbs: VERBS, admit: ADMIT });
      const write = (content: string) => host.write([{ path: hostPath('f', 'file'), content, access: 'OWNER' }], 1);
      unwrap(await write('old'));
      unwrap(await host.point(hostPath('now'), hostPath('f', 'file'), 1));
      const makeRoom = await disk.fill();
      expect(await write('new'.repeat(10_000))).toMatchObject({ problem: { code: 'SERVER_DISK_FULL' } });
      expect(await readdir(join(tree, '.incoming'))).toEqual([]);
      expect(unwrap(await host.read(hostPath('f', 'file')))?.revealText()).toBe('old');
      unwrap(await host.point(hostPath('now'), hostPath('f', 'other'), 2));
      expect(unwrap(await host.target(hostPath('now')))).toBe('f/other');
      unwrap(await host.remove([hostPath('now')], 2));
      await makeRoom();
      unwrap(await host.write([{ path: hostPath('f', 'file'), content: 'new', access: 'OWNER' }], 2));
      await stop();
      await disk.remove();
    });
  });
}
