/**
 * The application as it runs, for tests: HTTP, a database of its own, its real jobs. Nothing inside is mocked; what stands outside
 * (issuers, installers, the clock, fault points) can be given, where a real one cannot misbehave enough.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { ensureAdministrator } from '../../src/administrator.js';
import type { Parts } from '../../src/app.module.js';
import { createApp } from '../../src/create-app.js';
import { Accounts } from '../../src/features/accounts/accounts.service.js';
import { ApiTokens } from '../../src/features/accounts/api-tokens.service.js';
import { Catalog } from '../../src/features/catalog/catalog.service.js';
import { PanelServer } from '../../src/panel-server.js';
import { openAcmeDirectories } from '../../src/platform/config/acme-files.js';
import { parseConfig } from '../../src/platform/config/config.js';
import { noFaults } from '../../src/platform/fault-points.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import { createLog } from '../../src/platform/log/log.js';
import { newKeyLine, parseVaultKeys } from '../../src/platform/vault/key-file.js';
import { TOKEN_SCOPES, type Actor, type TokenScope } from '../../src/values/actor.js';
import { days, instant, plus, toDate, type Duration, type Instant } from '../../src/values/instant.js';
import { unwrap } from '../../src/values/result.js';
import { openServersHere } from '../../src/opened-servers.js';
import { Secret } from '../../src/values/secret.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import type { TestEdge } from './edge.js';

export const systemRandom = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };

/** The real time, moved on by hand. */
export class TestClock {
  private ahead = 0;

  now(): Instant {
    return instant(Date.now() + this.ahead);
  }

  advance(span: Duration): void {
    this.ahead += span;
  }
}

export type TestAppOptions = Partial<Pick<Parts, 'issuers' | 'installers' | 'faults' | 'claimLease'>> & {
  /** The server that sites are installed on; without one, nothing can be deployed. */
  readonly edge?: TestEdge;
  /** Are jobs done? By default where there is an edge. */
  readonly work?: boolean;
  /** HOSTSEAL_ variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files in `acme/` of the home, by name. */
  readonly acmeFiles?: Readonly<Record<string, string>>;
  /** To start a second process on the same database, or one after a crash. */
  readonly database?: FreshDatabase;
  readonly vaultKeyLine?: string;
  readonly clock?: TestClock;
  /** Are addresses believed that X-Forwarded-For tells? */
  readonly behindEdge?: boolean;
};

export type GraphqlAnswer = {
  readonly status: number;
  // What a query answers is as it was asked for; a test looks at what it asked.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any;
  readonly errors?: readonly { message: string; extensions: Record<string, unknown> }[];
};

export type TestApp = {
  readonly nest: NestFastifyApplication;
  readonly clock: TestClock;
  readonly database: FreshDatabase;
  readonly vaultKeyLine: string;
  /** Everything that was logged, one JSON object a line. */
  readonly log: () => string;
  /** Acts for the platform, past the API. */
  readonly admin: Actor;
  readonly adminToken: string;
  call(token: string | undefined, query: string, variables?: Record<string, unknown>): Promise<GraphqlAnswer>;
  /** As the administrator; fails where there are errors. */
  asAdmin(query: string, variables?: Record<string, unknown>): Promise<GraphqlAnswer['data']>;
  /** A token for an account. */
  tokenFor(accountId: string, scopes?: readonly TokenScope[]): Promise<string>;
  close(options?: { keepDatabase?: boolean }): Promise<void>;
};

let keys = 0;
/** A fresh idempotency key. */
export const freshKey = (): string => `test-key-${process.pid}-${++keys}`;

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const home = mkdtempSync(join(tmpdir(), 'hostseal-app-'));
  const database = options.database ?? (await freshDatabase());
  const [listener] = options.edge?.listeners ?? [];
  const env = {
    HOSTSEAL_HOME: home,
    HOSTSEAL_LISTEN: '127.0.0.1',
    HOSTSEAL_RATE_LIMIT: '1000000', // a test that waits for a fact asks often
    ...(listener && { HOSTSEAL_HTTP_PORT: String(listener.httpPort), HOSTSEAL_HTTPS_PORT: String(listener.httpsPort) }),
    ...options.env,
  };
  const config = parseConfig(env, home);
  if (!config.ok) throw new Error(JSON.stringify(config.problem));
  mkdirSync(join(home, 'acme'));
  for (const [name, text] of Object.entries(options.acmeFiles ?? {})) writeFileSync(join(home, 'acme', name), text, { mode: 0o600 });
  const acme = openAcmeDirectories(join(home, 'acme'), config.value.acme.directories);
  if (!acme.ok) throw new Error(JSON.stringify(acme.problem));
  const vaultKeyLine = options.vaultKeyLine ?? newKeyLine(systemRandom);
  const clock = options.clock ?? new TestClock();
  const lines: string[] = [];
  const destination = new Writable({ write: (chunk, _, done) => (lines.push(String(chunk)), done()) });
  const parts: Parts = {
    config: config.value,
    clock,
    random: systemRandom,
    log: createLog(destination, 'debug'),
    faults: options.faults ?? noFaults,
    vaultKeys: unwrap(parseVaultKeys(vaultKeyLine, 'vault.key')),
    databaseUrl: Secret.of(database.url),
    holder: `test:${process.pid}:${randomBytes(4).toString('hex')}`,
    claimLease: options.claimLease ?? (10_000 as Duration),
    acmeDirectories: acme.value,
    ...unwrap(await openServersHere(config.value)),
    edgeControlSocket: options.edge?.control.controlSocket ?? join(home, 'no-edge.sock'),
    ...(options.issuers && { issuers: options.issuers }),
    ...(options.installers && { installers: options.installers }),
  };
  const nest = await createApp(parts, { behindEdge: options.behindEdge ?? false });
  const jobs = nest.get(Jobs);
  await jobs.open();
  await nest.get(Catalog).ensureShipped();
  const admin = await ensureAdministrator(nest.get(Accounts));
  if (options.edge) unwrap(await nest.get(PanelServer).ensure(admin));
  if (options.work ?? options.edge !== undefined) await jobs.work();

  const tokenFor = async (accountId: string, scopes: readonly TokenScope[] = TOKEN_SCOPES): Promise<string> => {
    const input = { accountId, name: 'test', scopes, expiresAt: toDate(plus(clock.now(), days(30))) };
    return unwrap(await nest.get(ApiTokens).create(admin, input, freshKey())).secret!;
  };
  const adminToken = await tokenFor(admin.accountId);
  const call: TestApp['call'] = async (token, query, variables) => {
    const post = request(nest.getHttpServer()).post('/graphql');
    if (token !== undefined) post.set('authorization', `Bearer ${token}`);
    const answer = await post.send({ query, variables });
    return { status: answer.status, ...(answer.body as Omit<GraphqlAnswer, 'status'>) };
  };
  return {
    ...{ nest, clock, database, vaultKeyLine, admin, adminToken, call, tokenFor },
    log: () => lines.join(''),
    asAdmin: async (query, variables) => {
      const answer = await call(adminToken, query, variables);
      if (answer.errors) throw new Error(JSON.stringify(answer.errors));
      return answer.data;
    },
    close: async ({ keepDatabase = false } = {}) => {
      await nest.close();
      if (!keepDatabase) await database.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
