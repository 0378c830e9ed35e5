/** The database behind a test app, past the API: what is there, and what is not. */
import pg from 'pg';
import { HOST_KEY } from '../support/ssh/host-keys.js';
import type { TestApp } from '../support/app.js';

export type Tables = {
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Rows of each table, less those of the audit log, which grows with every attempt. */
  counts(): Promise<Readonly<Record<string, number>>>;
  /** The newest audit entry of an account. */
  lastAudit(accountId: string): Promise<AuditRow | undefined>;
  /** Every row of every table as text, with bytes in hex. */
  dump(): Promise<string>;
  close(): Promise<void>;
};
export type AuditRow = { readonly action: string; readonly outcome: string; readonly code: string | null; readonly subject: string | null };

/** So many orders like this one, for other names; `change` is what else is different. */
export async function copyOrder(
  { query }: Pick<Tables, 'query'>,
  id: string,
  count: number,
  change: Readonly<Record<string, string>> = {},
) {
  const different = `jsonb_build_object('id', $1 || '-' || i, 'name_set', $1 || i) || $3::jsonb`;
  await query(
    `INSERT INTO orders SELECT (jsonb_populate_record(orders, ${different})).* FROM orders, generate_series(1, $2) i WHERE id = $1`,
    [id, count, JSON.stringify(change)],
  );
}

/** The order as if it had been issued, with a certificate that no server will ever show; answers its id. */
export async function plantCertificate({ query }: Pick<Tables, 'query'>, orderId: string): Promise<string> {
  const id = orderId.replace('ord_', 'crt_');
  await query(
    `INSERT INTO certificates (id, account_id, issuer_id, fingerprint, serial, subject, issuer, names, key_algorithm, not_before, not_after, chain, key_item_id, created_at)
     SELECT $2, account_id, issuer_id, id, '01', '', 'CN=planted', names, key_algorithm, now(), now() + interval '90 days', ARRAY['\\x3000'::bytea], 'vlt', now()
     FROM orders WHERE id = $1`,
    [orderId, id],
  );
  await query(`UPDATE orders SET state = 'ISSUED', certificate_id = $2, finished_at = now(), handed_on_at = now() WHERE id = $1`, [
    orderId,
    id,
  ]);
  return id;
}

let planted = 0;
/** An open finding of a site, as a check would keep it; answers its id. */
export async function plantFinding({ query }: Pick<Tables, 'query'>, siteId: string, repair = 'REINSTALL'): Promise<string> {
  const id = `fnd_01kh2a${String(++planted).padStart(20, '0')}`;
  const diagnosis = { cause: 'WRONG_CERTIFICATE', severity: 'BROKEN', whoActs: 'ADMIN', where: [], evidence: {}, repair, alsoSeen: [] };
  await query(
    `INSERT INTO findings (id, account_id, site_id, name, key, cause, severity, who_acts, repair, diagnosis, first_seen_at, last_seen_at)
     SELECT $2, account_id, id, (SELECT name FROM site_names WHERE site_id = sites.id ORDER BY position LIMIT 1), $2,
       'WRONG_CERTIFICATE', 'BROKEN', 'ADMIN', $3, $4, now(), now() FROM sites WHERE id = $1`,
    [siteId, id, repair, JSON.stringify(diagnosis)],
  );
  return id;
}

let servers = 0;
/** A server that nobody drives, of that account; answers its id. */
export async function plantServer({ query }: Pick<Tables, 'query'>, accountId: string, kind = 'NGINX'): Promise<string> {
  const id = `srv_01kh2a${String(++servers).padStart(20, '0')}`;
  await query(`INSERT INTO servers (id, account_id, name, kind, name_on_host, created_at) VALUES ($1, $2, 'planted', $3, $4, now())`, [
    ...[id, accountId, kind],
    `planted-${servers}`,
  ]);
  return id;
}

/** The same, with its alarm and a repair that failed. */
export async function plantTrouble({ query }: Pick<Tables, 'query'>, siteId: string) {
  const finding = await plantFinding({ query }, siteId);
  const [alarm, repair] = [finding.replace('fnd_', 'alm_'), finding.replace('fnd_', 'rep_')];
  await query(
    `INSERT INTO alarms (id, account_id, site_id, name, diagnosis, raised_at)
     SELECT $2, account_id, site_id, name, diagnosis, now() FROM findings WHERE id = $1`,
    [finding, alarm],
  );
  await query(
    `INSERT INTO repairs (id, account_id, site_id, finding_id, kind, state, asked_by, created_at, wake_at, finished_at)
     SELECT $2, account_id, site_id, id, 'REINSTALL', 'FAILED', '{}', now(), now(), now() FROM findings WHERE id = $1`,
    [finding, repair],
  );
  return { finding, alarm, repair };
}

/** A host, which nobody has looked at; answers its id. */
export async function plantHost({ query }: Pick<Tables, 'query'>, accountId: string): Promise<string> {
  const id = `hos_01kh2a${String(++planted).padStart(20, '0')}`;
  await query(
    `INSERT INTO hosts (id, account_id, name, address, port, "user", public_key, key_item_id, created_at, state_at)
     VALUES ($1, $2, 'planted', '192.0.2.200', $3, 'hostseal', $4, $1, now(), now())`,
    [id, accountId, planted, HOST_KEY],
  );
  return id;
}

export async function openTables({ database }: Pick<TestApp, 'database'>): Promise<Tables> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const query: Tables['query'] = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(sql, [...values])).rows;
  const tables = await query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE '\\_prisma%' ORDER BY 1`,
  );
  const names = tables.map(({ name }) => name);
  return {
    query,
    counts: async () => {
      const counted = names
        .filter((name) => name !== 'public.audit_entries')
        .map((name) => `SELECT '${name}' AS name, count(*)::int FROM ${name}`);
      const rows = await query<{ name: string; count: number }>(counted.join(' UNION ALL '));
      return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
    },
    lastAudit: async (accountId) => {
      const sql = 'SELECT action, outcome, code, subject FROM audit_entries WHERE account_id = $1 ORDER BY id DESC LIMIT 1';
      return (await query<AuditRow>(sql, [accountId]))[0];
    },
    dump: async () => {
      const union = [...names, 'pgboss.job'].map((name) => `SELECT row_to_json(t)::text AS row FROM ${name} t`).join(' UNION ALL ');
      return (await query<{ row: string }>(union)).map(({ row }) => row).join('\n');
    },
    close: () => client.end(),
  };
}
