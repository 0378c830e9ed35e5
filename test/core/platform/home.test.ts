import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findHome, layoutOf, readInstanceId } from '../../../src/platform/config/home-layout.js';
import { makeFolders, openInstance } from '../../../src/platform/config/home.js';
import { canReach, canRead } from '../../../src/platform/config/identity.js';
import { lockHome } from '../../../src/supervisor/home-lock.js';
import { unwrap } from '../../../src/values/result.js';

const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
const ID = '0123456789abcdef0123456789abcdef';

let base: string;
beforeEach(() => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-'));
});
afterEach(() => fs.rmSync(base, { recursive: true, force: true }));

describe('an instance', () => {
  it('gets an id at its first start, and keeps it when its home is moved', () => {
    const id = unwrap(openInstance(path.join(base, 'one/home'), random));
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    fs.renameSync(path.join(base, 'one/home'), path.join(base, 'moved'));
    expect(unwrap(openInstance(path.join(base, 'moved'), random))).toBe(id);
    expect(fs.readdirSync(path.join(base, 'moved'))).toEqual(['instance-id']);
  });

  it('leaves a folder alone that holds files of others', () => {
    fs.writeFileSync(path.join(base, 'passwd'), '');
    expect(openInstance(base, random)).toMatchObject({ ok: false, problem: { code: 'HOME_UNUSABLE', facts: { folder: base } } });
    expect(fs.readdirSync(base)).toEqual(['passwd']);
  });

  it('says why a home cannot be made', () => {
    fs.writeFileSync(path.join(base, 'file'), '');
    expect(openInstance(path.join(base, 'file/home'), random)).toMatchObject({ ok: false, problem: { code: 'HOME_UNUSABLE' } });
  });

  it.each(['', 'short', `${ID}\n../../etc`, ID.toUpperCase()])('does not take %j for an id: paths are made from it', (text) => {
    fs.writeFileSync(path.join(base, 'instance-id'), text);
    expect(readInstanceId(base)).toBeUndefined();
  });
});

describe('the layout of a home', () => {
  it('keeps everything below the home', () => {
    const layout = layoutOf({ home: '/srv/panel', vaultKeyFile: undefined }, ID);
    const { instanceId, ...paths } = layout;
    expect(instanceId).toBe(ID);
    for (const place of Object.values(paths)) expect(place).toMatch(/^\/srv\/panel(\/|$)/);
  });

  it('puts sockets where their paths fit into a socket address, however long the home is', () => {
    for (let length = 1; length <= 300; length++) {
      const home = `/${'é'.repeat(length)}`;
      const { apiSocket, edgeControlSocket, edgeRehearsalSocket, run } = layoutOf({ home, vaultKeyFile: undefined }, ID);
      for (const socket of [apiSocket, edgeControlSocket, edgeRehearsalSocket, path.join(run, '.s.PGSQL.5432')]) {
        expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(107);
      }
    }
  });

  it('takes the vault key from where the configuration says', () => {
    expect(layoutOf({ home: '/srv/panel', vaultKeyFile: '/run/keys/vault' }, ID).vaultKeyFile).toBe('/run/keys/vault');
  });

  it('is found again by the command line, and is not there before the first start', () => {
    const config = { home: path.join(base, 'home'), vaultKeyFile: undefined };
    expect(findHome(config)).toBeUndefined();
    const id = unwrap(openInstance(config.home, random));
    expect(findHome(config)).toEqual(layoutOf(config, id));
  });
});

describe('the folders of a home', () => {
  it('are private, also where they were not before', () => {
    const layout = layoutOf(
      { home: path.join(base, 'home'), vaultKeyFile: undefined },
      unwrap(openInstance(path.join(base, 'home'), random)),
    );
    fs.mkdirSync(layout.logs, { mode: 0o755 });
    unwrap(makeFolders(layout));
    for (const dir of [layout.home, layout.logs, layout.edge, layout.run]) expect(fs.statSync(dir).mode & 0o777).toBe(0o700);
  });

  it('are refused where somebody has laid a link', () => {
    const layout = layoutOf({ home: base, vaultKeyFile: undefined }, ID);
    fs.mkdirSync(path.join(base, 'elsewhere'));
    fs.symlinkSync('elsewhere', layout.run);
    expect(makeFolders(layout)).toMatchObject({ ok: false, problem: { code: 'HOME_UNUSABLE', facts: { folder: layout.run } } });
  });
});

describe('the lock of a home', () => {
  it('is held once, names its holder, and is free again after', () => {
    const lock = unwrap(lockHome(base));
    expect(lockHome(base)).toMatchObject({
      ok: false,
      problem: { code: 'ALREADY_RUNNING', facts: { pid: String(process.pid), home: base } },
    });
    lock.release();
    unwrap(lockHome(base)).release();
  });

  it('is not fooled by files that a dead holder has left', () => {
    fs.writeFileSync(path.join(base, 'supervisor.pid'), `${process.pid}\n`);
    fs.writeFileSync(path.join(base, 'supervisor.lock'), '');
    unwrap(lockHome(base)).release();
  });
});

describe('where another user can go', () => {
  const stranger = { uid: 54_321, gid: 54_321 };

  it('ends at the first folder that is closed to him', () => {
    fs.chmodSync(base, 0o755);
    fs.mkdirSync(path.join(base, 'closed/open'), { recursive: true, mode: 0o755 });
    fs.chmodSync(path.join(base, 'closed'), 0o700);
    expect(canReach(path.join(base, 'new'), stranger)).toBe(true);
    expect(canReach(path.join(base, 'closed/open/new/deep'), stranger)).toBe(false);
  });

  it('includes files that all may read, and no others', () => {
    fs.chmodSync(base, 0o755);
    for (const [name, mode] of Object.entries({ public: 0o644, private: 0o600 })) {
      fs.writeFileSync(path.join(base, name), '');
      fs.chmodSync(path.join(base, name), mode);
    }
    expect(canRead(path.join(base, 'public'), stranger)).toBe(true);
    expect(canRead(path.join(base, 'private'), stranger)).toBe(false);
  });
});
