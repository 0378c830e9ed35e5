import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyLine } from '../../src/platform/vault/key-file.js';
import { Vault } from '../../src/platform/vault/vault.service.js';
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

  it('with a new key on top everything is sealed again, after which the old key is not needed', async () => {
    const fresh = newKeyLine(systemRandom);
    const before = await tables.query<{ id: string; sealed: Buffer }>('SELECT id, sealed FROM vault_items ORDER BY id');
    const secret = await text(app.nest.get(Vault), keyItems[0]!);
    await restarted(fresh + app.vaultKeyLine, async (vault) => {
      expect(await text(vault, keyItems[0]!)).toBe(secret);
      expect(await vault.reseal()).toEqual({ resealed: before.length, broken: [] });
      expect(await vault.reseal()).toEqual({ resealed: 0, broken: [] });
    });
    const after = await tables.query<{ id: string; sealed: Buffer; key_id: string }>(
      'SELECT id, sealed, key_id FROM vault_items ORDER BY id',
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
