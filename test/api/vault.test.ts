import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyLine } from '../../src/platform/vault/key-file.js';
import { openVault } from '../../src/platform/vault/open-vault.js';
import { Vault } from '../../src/platform/vault/vault.service.js';
import { unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import { freshDatabase } from '../support/database.js';
import { startTestApp, systemRandom, type TestApp, type TestAppOptions } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { openTables, type Tables } from './tables.js';
import { plantTenants, untilSecure, type Tenants } from './tenants.js';

describe('secrets stay in the vault', () => {
  let edge: TestEdge;
  let app: TestApp;
  let tables: Tables;
  let tenants: Tenants;
  let keyItems: readonly string[];
  beforeAll(async () => {
    edge = await startTestEdge();
    app = await startTestApp({ edge });
    tables = await openTables(app);
    tenants = await plantTenants(app);
    await untilSecure(app, tenants.alice.siteId);
    await untilSecure(app, tenants.carl.siteId);
    const rows = await tables.query<{ id: string }>(`SELECT id FROM vault_items WHERE kind = 'CERTIFICATE_KEY' ORDER BY id`);
    keyItems = rows.map(({ id }) => id);
  });
  afterAll(async () => {
    await tables?.close();
    await app?.close();
    await edge?.stop();
  });

  /** The platform with another key file, on the same database. */
  async function restarted<T>(vaultKeyLine: string, work: (vault: Vault) => Promise<T>): Promise<T> {
    const options: TestAppOptions = { database: app.database, vaultKeyLine };
    const other = await startTestApp(options);
    try {
      return await work(other.nest.get(Vault));
    } finally {
      await other.close({ keepDatabase: true });
    }
  }
  const isKey = expect.stringContaining('BEGIN PRIVATE KEY') as string;
  const text = async (vault: Vault, id: string) => (await vault.open(id)).revealText();

  it('nothing of a private key is in the database, the queue or the log, in no spelling', async () => {
    expect(keyItems.length).toBeGreaterThanOrEqual(2);
    const [dump, log] = [await tables.dump(), app.log()];
    for (const id of keyItems) {
      const pem = await text(app.nest.get(Vault), id);
      const base64 = pem.split('\n').slice(1, -2).join('');
      const der = Buffer.from(base64, 'base64');
      // From byte 36 on stands the secret scalar of a P-256 key in PKCS #8 (RFC 5915 3): 32 bytes.
      const scalar = der.subarray(36, 68);
      for (const spelling of [pem.split('\n')[2]!, base64, scalar.toString('hex'), scalar.toString('base64').slice(2, -4), 'PRIVATE KEY']) {
        expect(dump).not.toContain(spelling);
        expect(log).not.toContain(spelling);
      }
    }
    expect(dump).toContain(keyItems[0]);
  });

  it('a sealed row that was put in the place of another does not open', async () => {
    const [one, two] = keyItems;
    const [kept] = await tables.query<{ nonce: Buffer; sealed: Buffer }>('SELECT nonce, sealed FROM vault_items WHERE id = $1', [one]);
    await tables.query('UPDATE vault_items SET (nonce, sealed) = (SELECT nonce, sealed FROM vault_items WHERE id = $2) WHERE id = $1', [
      one,
      two,
    ]);
    await expect(app.nest.get(Vault).open(one!)).rejects.toThrow(`VAULT_ITEM_BROKEN {"item":"${one}"}`);
    expect(await text(app.nest.get(Vault), two!)).toEqual(isKey);
    await tables.query('UPDATE vault_items SET nonce = $2, sealed = $3 WHERE id = $1', [one, kept!.nonce, kept!.sealed]);
    expect(await text(app.nest.get(Vault), one!)).toEqual(isKey);
  });

  it.each([
    ['its first byte', 'set_byte(sealed, 0, get_byte(sealed, 0) # 1)'],
    ['its last byte', 'set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)'],
    ['all but ten bytes', 'substring(sealed FROM 1 FOR 10)'],
  ])('a row of which %s was changed does not open', async (_, changed) => {
    const [id] = keyItems;
    const [kept] = await tables.query<{ sealed: Buffer }>('SELECT sealed FROM vault_items WHERE id = $1', [id]);
    await tables.query(`UPDATE vault_items SET sealed = ${changed} WHERE id = $1`, [id]);
    await expect(app.nest.get(Vault).open(id!)).rejects.toThrow('VAULT_ITEM_BROKEN');
    await tables.query('UPDATE vault_items SET sealed = $2 WHERE id = $1', [id, kept!.sealed]);
  });

  describe('at the start of a process', () => {
    let folder: string;
    let file: string;
    beforeAll(() => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-vault-'));
      file = path.join(folder, 'vault.key');
    });
    afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

    const open = ({ url = app.database.url, mayMake = true } = {}) =>
      openVault({ file, databaseUrl: Secret.of(url), mayMake, random: systemRandom });

    it('the key file that sealed what is there is taken, and is readable for nobody else', async () => {
      fs.writeFileSync(file, app.vaultKeyLine, { mode: 0o644 });
      expect([...unwrap(await open()).byId.keys()]).toEqual([app.vaultKeyLine.split(':')[0]]);
      expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    });

    it('one damaged row does not speak against its key', async () => {
      const [id] = keyItems;
      const [kept] = await tables.query<{ sealed: Buffer }>('SELECT sealed FROM vault_items WHERE id = $1', [id]);
      await tables.query('UPDATE vault_items SET sealed = set_byte(sealed, 0, get_byte(sealed, 0) # 1) WHERE id = $1', [id]);
      expect((await open()).ok).toBe(true);
      await tables.query('UPDATE vault_items SET sealed = $2 WHERE id = $1', [id, kept!.sealed]);
    });

    it.each([
      ['is empty', () => '', 'VAULT_KEY_FILE_UNUSABLE', /no key in it/],
      ['is damaged', () => app.vaultKeyLine.slice(0, 30), 'VAULT_KEY_FILE_UNUSABLE', /line 1 is not/],
      ['is of another installation', () => newKeyLine(systemRandom), 'VAULT_KEY_MISSING', /^k/],
      [
        'has other bytes under the same id',
        () => `${app.vaultKeyLine.split(':')[0]}:${newKeyLine(systemRandom).split(':')[1]}`,
        'VAULT_KEY_FILE_UNUSABLE',
        /does not open/,
      ],
    ])('a key file that %s is refused, and stays as it is', async (_, text, code, detail) => {
      fs.writeFileSync(file, text());
      const before = fs.readFileSync(file, 'utf8');
      const refused = await open();
      expect(refused).toMatchObject({ ok: false, problem: { code } });
      expect(Object.values((refused as { problem: { facts: object } }).problem.facts).at(-1)).toMatch(detail);
      expect(fs.readFileSync(file, 'utf8')).toBe(before);
    });

    it('a key file that is missing is not made anew where there are secrets', async () => {
      fs.rmSync(file);
      expect(await open()).toMatchObject({ problem: { code: 'VAULT_KEY_FILE_UNUSABLE', facts: { file } } });
      expect(fs.readdirSync(folder)).toEqual([]);
    });

    it('on a database without secrets it is made once, however many start at once, by the machine that may', async () => {
      const empty = await freshDatabase();
      try {
        expect(await open({ url: empty.url, mayMake: false })).toMatchObject({ problem: { code: 'VAULT_KEY_FILE_UNUSABLE' } });
        expect(fs.readdirSync(folder)).toEqual([]);
        const made = await Promise.all([1, 2, 3].map(() => open({ url: empty.url })));
        expect(new Set(made.map((keys) => unwrap(keys).newest)).size).toBe(1);
        expect(fs.readdirSync(folder)).toEqual(['vault.key']);
        expect(fs.statSync(file).mode & 0o777).toBe(0o600);
      } finally {
        await empty.drop();
      }
    });
  });

  it('with a new key on top everything is sealed again, after which the old key is not needed', async () => {
    const fresh = newKeyLine(systemRandom);
    const before = await tables.query<{ id: string; sealed: Buffer }>('SELECT id, sealed FROM vault_items ORDER BY id');
    const secret = await text(app.nest.get(Vault), keyItems[0]!);
    await restarted(fresh + app.vaultKeyLine, async (vault) => {
      expect(await text(vault, keyItems[0]!)).toBe(secret);
      const { resealed, broken } = await vault.reseal();
      expect(resealed).toBeGreaterThanOrEqual(before.length);
      expect(broken).toEqual([]);
    });
    // The application that goes on meanwhile may have sealed more, with the key that it knows.
    const after = await tables.query<{ id: string; sealed: Buffer; key_id: string }>(
      'SELECT id, sealed, key_id FROM vault_items WHERE id = ANY($1) ORDER BY id',
      [before.map(({ id }) => id)],
    );
    expect(new Set(after.map((row) => row.key_id))).toEqual(new Set([fresh.split(':')[0]]));
    expect(after.filter((row, i) => row.sealed.equals(before[i]!.sealed))).toEqual([]);
    await restarted(fresh, async (vault) => expect(await text(vault, keyItems[0]!)).toBe(secret));
  });

  it('a key that is missing is named, and nothing is sealed anew with the wrong one', async () => {
    const [{ key_id: needed } = { key_id: '' }] = await tables.query<{ key_id: string }>('SELECT key_id FROM vault_items LIMIT 1');
    const dump = await tables.query('SELECT * FROM vault_items ORDER BY id');
    await restarted(newKeyLine(systemRandom), async (vault) => {
      await expect(vault.open(keyItems[0]!)).rejects.toThrow(`VAULT_KEY_MISSING {"keyId":"${needed}"}`);
      expect((await vault.reseal()).broken).toEqual(dump.map((row) => (row as { id: string }).id));
    });
    expect(await tables.query('SELECT * FROM vault_items ORDER BY id')).toEqual(dump);
  });
});
