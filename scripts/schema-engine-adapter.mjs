/**
 * @prisma/adapter-pg as the schema engine needs it. The adapter is made for queries; each correction below names what went
 * wrong without it (version 7.10.0).
 */
import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';

/** Connections to one database, and to the shadow databases next to it; `dispose` closes the ones and drops the others. */
export class SchemaEngineAdapter extends PrismaPg {
  #url;
  #shadowUrl;
  #connections = [];
  #shadows = [];

  constructor(url, shadowUrl) {
    super({ connectionString: url }, { schema: schemaOf(url) });
    this.#url = url;
    this.#shadowUrl = shadowUrl;
  }

  async connect() {
    return this.#keep(await super.connect());
  }

  /** The adapter's own keeps `connectionString`, which beats the shadow's name: it would replay every migration on the main database. */
  async connectToShadowDb() {
    const shadow = this.#shadowUrl ?? withDatabase(this.#url, `prisma_shadow_${randomUUID().replaceAll('-', '')}`);
    if (!this.#shadowUrl) {
      await createDatabase(shadow);
      this.#shadows.push(shadow);
    }
    return this.#keep(await new PrismaPg({ connectionString: shadow }, { schema: schemaOf(this.#url) }).connect());
  }

  /** The engine's advisory lock (72707369) is the session's: a pool left open would make the next request wait 10 s for it. */
  async dispose() {
    await Promise.allSettled(this.#connections.splice(0).map((connection) => connection.dispose()));
    for (const shadow of this.#shadows.splice(0)) {
      await asAdministrator(shadow, (client) => client.query(`DROP DATABASE IF EXISTS ${quoted(shadow)} WITH (FORCE)`));
    }
  }

  #keep(connection) {
    this.#connections.push(connection);
    return corrected(connection);
  }
}

function corrected(connection) {
  // The adapter splits a script at every `;`, also inside $$ bodies. Whole, it is also one transaction.
  connection.executeScript = (script) =>
    connection.client.query(script).then(
      () => undefined,
      (error) => connection.onError(error),
    );
  // The adapter does not know "char" (OID 18), which pg_catalog is full of: read it as text, and call it a character.
  const queryRaw = connection.queryRaw;
  connection.queryRaw = async (query) => {
    const characters = [];
    const performIO = async (sent) => {
      const result = await connection.performIO(sent);
      result.fields.forEach((field, i) => {
        if (field.dataTypeID !== OID_CHAR) return;
        characters.push(i);
        field.dataTypeID = OID_TEXT;
      });
      return result;
    };
    const result = await queryRaw.call(Object.create(connection, { performIO: { value: performIO } }), query);
    for (const i of characters) result.columnTypes[i] = ColumnTypeEnum.Character;
    return result;
  };
  return connection;
}

const OID_CHAR = 18;
const OID_TEXT = 25;

/** Made already, or by a racing command at this moment, is made. */
export function createDatabase(url) {
  return asAdministrator(url, (client) => client.query(`CREATE DATABASE ${quoted(url)}`)).catch((error) => {
    if (!['42P04', '23505'].includes(error.code)) throw error;
  });
}

/** Throws what PostgreSQL says. */
export async function connectOnce(url, work = (client) => client.query('select 1')) {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const asAdministrator = (url, work) => connectOnce(withDatabase(url, 'postgres'), work);
export const databaseOf = (url) => decodeURIComponent(new URL(url).pathname.slice(1));
const schemaOf = (url) => new URL(url).searchParams.get('schema') ?? undefined;
const quoted = (url) => pg.escapeIdentifier(databaseOf(url));

function withDatabase(url, name) {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}
