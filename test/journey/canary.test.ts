/** Secrets stay where they belong: known ones are searched for in everything that a whole journey leaves behind. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Vault } from '../../src/platform/vault/vault.service.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { dump, filesBelow, foundIn, ofPrivateKey, ofText, processSeen, type Canary } from '../support/canary.js';
import { rows } from '../support/database.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { Machine, type ApiProcess } from '../support/process.js';
import { SecuredSite } from '../support/secured-site.js';
import { addDomain, createSite, isSecure, orderIs, placeOrder } from '../support/story.js';

const vaultKey = (line: string): Canary => ({ what: 'vault key', bytes: Buffer.from(line.trim().split(':')[1]!, 'base64') });
const password = (url: string): Canary => ofText('database password', decodeURIComponent(new URL(url).password));

describe('inside of the application', () => {
  let edge: TestEdge;
  let app: TestApp;
  let canaries: Canary[];
  const answers: string[] = [];
  beforeAll(async () => {
    edge = await startTestEdge();
    app = await startTestApp({ edge });
    const ask: TestApp['asAdmin'] = async (query, variables) => {
      const answer = await app.call(app.adminToken, query, variables);
      answers.push(JSON.stringify(answer));
      return answer.data;
    };
    await addDomain(ask);
    const site = await createSite(ask, 'canary.localhost');
    await orderIs(ask, await placeOrder(ask, site), 'ISSUED');
    await isSecure(ask, site);
    const token = await tokenTwice();
    await ask(EVERYTHING);
    await app.call('hs_not-a-token', EVERYTHING).then((refused) => answers.push(JSON.stringify(refused)));

    const vault = app.nest.get(Vault);
    const sealed = await rows<{ id: string; kind: string }>(app.database.url, 'SELECT id, kind FROM vault_items');
    const keys = await Promise.all(sealed.map(async ({ id, kind }) => ofPrivateKey(`${kind} ${id}`, await vault.open(id))));
    canaries = [
      vaultKey(app.vaultKeyLine),
      password(app.database.url),
      ofText('admin token', app.adminToken),
      ofText('token', token),
      ...keys,
    ];
  });
  afterAll(async () => {
    await app?.close();
    await edge?.stop();
  });

  /** The first answer is the only one with the token in it; a repetition is kept for the search. */
  async function tokenTwice(): Promise<string> {
    const create = `mutation ($input: CreateApiTokenInput!, $key: String!) { createApiToken(input: $input, idempotencyKey: $key) {
      ... on CreateApiTokenSuccess { secret replayed } ... on Problem { code message } } }`;
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const variables = { input: { name: 'canary', scopes: ['READ'], expiresAt }, key: freshKey() };
    const first = await app.asAdmin(create, variables);
    answers.push(JSON.stringify(await app.asAdmin(create, variables)));
    return first.createApiToken.secret as string;
  }

  it('the search would find them: each is in its own place', () => {
    expect(canaries.length).toBeGreaterThan(5);
    for (const canary of canaries) {
      expect(canary.bytes.length).toBeGreaterThanOrEqual(16);
      for (const form of ['latin1', 'hex', 'base64', 'base64url'] as const)
        expect(foundIn(`x${Buffer.concat([Buffer.from('a'), canary.bytes]).toString(form)}`, [canary])).toEqual([canary.what]);
    }
    const served = filesBelow(edge.directory).map(({ text }) => text);
    expect(served.some((text) => foundIn(text, canaries).some((what) => what.startsWith('CERTIFICATE_KEY')))).toBe(true);
  });

  it('no answer has one', () => {
    expect(answers.length).toBeGreaterThan(5);
    expect(answers.flatMap((answer) => foundIn(answer, canaries))).toEqual([]);
  });

  it('no row of any table has one, the jobs included', async () => {
    const all = await dump(app.database.url);
    expect(all).toContain('order.advance');
    expect(foundIn(all, canaries)).toEqual([]);
  });

  it('no line of the log has one, at its most talkative, and with the database gone', async () => {
    await app.database.drop();
    const { errors } = await app.call(app.adminToken, EVERYTHING);
    expect(errors?.length).toBeGreaterThan(0);
    expect(foundIn(JSON.stringify(errors), canaries)).toEqual([]);
    expect(app.log().length).toBeGreaterThan(0);
    expect(foundIn(app.log(), canaries)).toEqual([]);
  });
});

describe('around the processes', () => {
  let machine: Machine;
  let api: ApiProcess;
  let canaries: Canary[];
  beforeAll(async () => {
    machine = await Machine.start();
    api = await machine.run();
    await SecuredSite.on(machine, api, 'canary');
    const { vaultKeyFile, adminTokenFile } = machine.layout;
    const token = ofText('admin token', fs.readFileSync(adminTokenFile, 'utf8').trim());
    canaries = [vaultKey(fs.readFileSync(vaultKeyFile, 'utf8')), password(machine.database.url), token];
  });
  afterAll(() => machine?.stop());

  it('no command line and no environment has a secret', async () => {
    for (const pid of [api.pid, await machine.edge.pid()]) expect(foundIn(processSeen(pid), canaries)).toEqual([]);
  });

  it('no file of the home has one but the two that are for them, and nothing but the root is for others to read', () => {
    const { home, vaultKeyFile, adminTokenFile } = machine.layout;
    const files = filesBelow(home);
    const own = [vaultKeyFile, adminTokenFile].map((file) => path.relative(home, file));
    expect(files.filter(({ name }) => own.includes(name)).map(({ mode }) => mode)).toEqual([0o600, 0o600]);
    expect(files.filter(({ name, text }) => !own.includes(name) && foundIn(text, canaries).length > 0)).toEqual([]);
    expect(files.filter(({ mode, name }) => (mode & 0o077) !== 0 && name !== 'root.pem').map(({ name }) => name)).toEqual([]);
  });

  it("the edge's tree is for its user alone, and knows nothing but the keys that it serves", () => {
    const files = filesBelow(machine.edge.options.home);
    expect(files.filter(({ mode, text }) => (mode & 0o077) !== 0 && text !== '').map(({ name }) => name)).toEqual([]);
    expect(files.flatMap(({ text }) => foundIn(text, canaries))).toEqual([]);
  });
});

const PROBLEM = 'problem { code message remedy subject sub { code message } }';
const EVERYTHING = `{
  me { id name apiTokens(first: 100) { nodes { id name scopes } } }
  servers(first: 10) { nodes { id name deployments(first: 50) { nodes { id state timeline { step because ${PROBLEM} }
    evidence { occasion proven fingerprint steps { step detail } ${PROBLEM} } } } } }
  certificates(first: 50) { nodes { id pem serial subject issuer order { id } } }
  orders(first: 50) { nodes { id state ${PROBLEM} timeline { step phase because ${PROBLEM} } } }
  sites(first: 50) { nodes { id names security { state findings { ${PROBLEM} } } bindings { id } } }
}`;
