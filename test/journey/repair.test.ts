/** What was broken by hand on a real nginx is found, raises the alarm, and is mended by one call, proven by a new check. */
import http from 'node:http';
import tls from 'node:tls';
import { readdir, readFile, rm, writeFile, appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPublicRootsFrom } from '../../src/adapters/network/public-roots.js';
import { Certificates } from '../../src/features/certificates/certificates.service.js';
import { CertificateChoice } from '../../src/features/inspection/certificate-choice.service.js';
import { AdvanceRepairJob } from '../../src/features/mending/advance-repair.job.js';
import { Observations } from '../../src/features/observations/observations.service.js';
import { Orders } from '../../src/features/orders/orders.service.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import type { Id } from '../../src/values/id.js';
import { unwrap } from '../../src/values/result.js';
import { TOKEN_SCOPES, type TokenScope } from '../../src/values/actor.js';
import { minutes } from '../../src/values/instant.js';
import { toPem } from '../../src/values/pem.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { makeCa, type TestCertificate } from '../support/pki/certificates.js';
import { rows } from '../support/database.js';
import { startDns, type DnsServer } from '../support/acme/dns-server.js';
import { handshake } from '../support/tls/handshake.js';
import { Listeners } from '../support/listen.js';
import { nginxVariables, startTestNginx, type TestNginx } from '../support/nginx/nginx.js';
import { addDomain, createSite, isSecure, orderIs, placeOrder, registerNginx } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';

const SHOP = 'shop.example.test';
type Finding = { id: string; diagnosis: { cause: string; severity: string; repair: string | null } };
type Repair = { id: string; kind: string; state: string; orderId: string | null; problem: { code: string } | null };

describe('a site that was broken by hand', { timeout: 120_000 }, () => {
  let dns: DnsServer;
  let nginx: TestNginx;
  let app: TestApp;
  let siteId: string;
  let stranger: TestCertificate;
  const env = () => {
    const { address, httpPort, httpsPort } = nginx.listeners[0];
    return {
      ...{ HOSTSEAL_DNS_SERVERS: dns.server, HOSTSEAL_ALLOW_ADDRESSES: address },
      // The local CA comes to the HTTP port of the edge: nginx has the same one.
      ...{ HOSTSEAL_HTTP_PORT: String(httpPort), HOSTSEAL_HTTPS_PORT: String(httpsPort) },
      ...nginxVariables(nginx),
    };
  };
  beforeAll(async () => {
    nginx = await startTestNginx();
    const { address: ip, httpPort, httpsPort } = nginx.listeners[0];
    dns = await startDns({ [SHOP]: [ip] });
    app = await startTestApp({ work: true, env: env() });
    await registerNginx(app.asAdmin, { ip, httpPort, httpsPort });
    await addDomain(app.asAdmin, 'example.test');
    siteId = await createSite(app.asAdmin, SHOP);
    await orderIs(app.asAdmin, await placeOrder(app.asAdmin, siteId), 'ISSUED');
    await isSecure(app.asAdmin, siteId);
    stranger = await (await makeCa('Stranger')).issue({ names: [SHOP] });
    await rests();
    // What is broken by hand here is to be found by handshakes: the round that looks at the files themselves is not due.
    await rows(
      app.database.url,
      `INSERT INTO server_drift (server_id, looked_at) SELECT server_id, now() + interval '1 year' FROM sites WHERE id = '${siteId}'
       ON CONFLICT (server_id) DO UPDATE SET looked_at = excluded.looked_at`,
    );
  });
  afterAll(async () => {
    await app?.close();
    await dns?.stop();
    await nginx?.stop();
  });

  const place = () => ({ address: nginx.listeners[0].address, port: nginx.listeners[0].httpsPort });
  const shown = async () => (await handshake(place(), SHOP)).fingerprint;
  /** The file of the site's certificate: the newest that is there. */
  async function certificateFile(): Promise<string> {
    const [{ fingerprint }] = (await rows<{ fingerprint: string }>(
      app.database.url,
      'SELECT fingerprint FROM certificates JOIN bindings ON certificates.id = certificate_id WHERE site_id = $1',
      [siteId],
    )) as [{ fingerprint: string }];
    const folder = join(nginx.place.tree, 'certificates');
    return join(
      folder,
      (await readdir(folder)).find((name) => name.startsWith(fingerprint))!,
    );
  }
  /** PEM. */
  async function rootOfSite(): Promise<string> {
    const query = 'SELECT issuer_id, fingerprint FROM certificates JOIN bindings ON certificates.id = certificate_id WHERE site_id = $1';
    const [row] = await rows<{ issuer_id: string; fingerprint: string }>(app.database.url, query, [siteId]);
    const [found] = await app.nest.get(Observations).rootsOf([{ issuerId: row!.issuer_id, fingerprint: row!.fingerprint }]);
    return toPem('CERTIFICATE', unwrap(found!)[0]!);
  }
  const reload = async () => process.kill(Number(await readFile(join(nginx.directory, 'nginx.pid'), 'utf8')), 'SIGHUP');
  /** Every check has ended, and every deployment. */
  const rests = () =>
    waitFor('everything to rest', async () => {
      const [open] = await rows<{ n: number }>(
        app.database.url,
        `SELECT ((SELECT count(*) FROM site_checks WHERE finished_at IS NULL)
           + (SELECT count(*) FROM deployments WHERE finished_at IS NULL))::int AS n`,
      );
      return open!.n === 0;
    });
  async function check(): Promise<void> {
    const answer = await app.asAdmin(
      'mutation ($siteId: ID!, $key: String!) { startCheck(siteId: $siteId, idempotencyKey: $key) { __typename } }',
      {
        ...{ siteId, key: freshKey() },
      },
    );
    expect(answer.startCheck.__typename).toBe('StartCheckSuccess');
    await rests();
  }
  async function findings(): Promise<readonly Finding[]> {
    const query = 'query ($id: ID!) { site(id: $id) { findings(first: 20) { nodes { id diagnosis { cause severity repair } } } } }';
    return (await app.asAdmin(query, { id: siteId })).site.findings.nodes;
  }
  const broken = async () => (await findings()).filter(({ diagnosis }) => diagnosis.severity === 'BROKEN');
  const alarms = async () => (await app.asAdmin('{ alarms(first: 20) { nodes { diagnosis { cause } endedAt } } }')).alarms.nodes;
  const FIELDS = 'id kind state orderId problem { code }';
  async function ask(findingId: string, token = app.adminToken) {
    const { data } = await app.call(
      token,
      `mutation ($id: ID!, $key: String!) { repairFinding(findingId: $id, idempotencyKey: $key) {
         __typename ... on RepairFindingSuccess { repair { ${FIELDS} } } ... on Problem { code message } } }`,
      { id: findingId, key: freshKey() },
    );
    return data.repairFinding;
  }
  async function repaired(findingId: string): Promise<Repair> {
    const { repair } = await ask(findingId);
    return waitFor(
      `repair ${JSON.stringify(repair)} to end`,
      async () => {
        const { repair: now } = await app.asAdmin(`query ($id: ID!) { repair(id: $id) { ${FIELDS} finishedAt } }`, { id: repair.id });
        return now.finishedAt && now;
      },
      60_000,
    );
  }
  /** A token of the same account without this scope. */
  const tokenWithout = (scope: TokenScope) =>
    app.tokenFor(
      app.admin.accountId,
      TOKEN_SCOPES.filter((other) => other !== scope),
    );

  it('a file that was changed under nginx: the alarm, and what was put there is put there again', async () => {
    const mine = await shown();
    await writeFile(await certificateFile(), stranger.keyPem + stranger.chainPem);
    await reload();
    await waitFor('nginx to show it', async () => (await shown()) === stranger.fingerprint);
    await check();
    const [finding, ...others] = await broken();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ diagnosis: { cause: 'WRONG_CERTIFICATE', repair: 'RELOAD' } });
    expect(await alarms()).toEqual([{ diagnosis: { cause: 'WRONG_CERTIFICATE' }, endedAt: null }]);

    // It touches the whole server: whoever owns no server may not.
    expect(await ask(finding!.id, await tokenWithout('WRITE_SERVERS'))).toMatchObject({ code: 'NOT_ALLOWED' });
    // The files that a reload would read are wrong themselves.
    expect(await repaired(finding!.id)).toMatchObject({ kind: 'REINSTALL', state: 'PROVEN', problem: null });
    expect(await shown()).toBe(mine);
    expect(await broken()).toEqual([]);
    expect(await alarms()).toEqual([expect.objectContaining({ endedAt: expect.any(String) })]);
    expect(await ask(finding!.id)).toMatchObject({ __typename: 'Conflict', code: 'NOT_REPAIRABLE' });
  });

  it('an nginx that serves what its files no longer say is reloaded', async () => {
    const file = await certificateFile();
    const whole = await readFile(file, 'utf8');
    await writeFile(file, stranger.keyPem + stranger.chainPem);
    await reload();
    await waitFor('nginx to show it', async () => (await shown()) === stranger.fingerprint);
    await writeFile(file, whole);
    await check();
    const [finding] = await broken();
    expect(await repaired(finding!.id)).toMatchObject({ kind: 'RELOAD', state: 'PROVEN' });
    expect(await broken()).toEqual([]);
  });

  it('a chain without its intermediate is completed; the same call twice, and twice at work, does it once', async () => {
    const file = await certificateFile();
    const [header, key, leaf] = (await readFile(file, 'utf8')).split(/(?=-----BEGIN)/);
    await writeFile(file, `${header}${key}${leaf}`);
    await reload();
    await waitFor('nginx to show it', async () => (await handshake(place(), SHOP)).chainLength === 1);
    await check();
    const [finding] = await broken();
    expect(finding).toMatchObject({ diagnosis: { cause: 'CHAIN_INCOMPLETE', repair: 'COMPLETE_CHAIN' } });
    const [first, second] = await Promise.all([ask(finding!.id), ask(finding!.id)]);
    expect(first.repair.id).toBe(second.repair.id);
    const job = app.nest.get(AdvanceRepairJob);
    await Promise.all([job.handle({ id: first.repair.id }), job.handle({ id: first.repair.id })]);
    await waitFor('it to be proven', async () => {
      const { repair } = await app.asAdmin(`query ($id: ID!) { repair(id: $id) { state } }`, { id: first.repair.id });
      return repair.state === 'PROVEN';
    });
    expect((await handshake(place(), SHOP)).chainLength).toBe(2);
    const repairs = await rows(app.database.url, 'SELECT id FROM repairs WHERE finding_id = $1', [finding!.id]);
    expect(repairs).toHaveLength(1);
  });

  it.each([
    ['with a foreign certificate in the middle', async () => (await makeCa('Foreign')).intermediatePem],
    ['with the root before the intermediate', rootOfSite],
  ])('a chain %s is put in order', async (_, between) => {
    const mine = await shown();
    const file = await certificateFile();
    const [header, key, leaf, intermediate] = (await readFile(file, 'utf8')).split(/(?=-----BEGIN)/);
    await writeFile(file, `${header}${key}${leaf}${await between()}\n${intermediate}`);
    await reload();
    await waitFor('nginx to show it', async () => (await handshake(place(), SHOP)).chainLength === 3);
    await check();
    const finding = (await findings()).find(({ diagnosis }) => diagnosis.cause === 'CHAIN_OUT_OF_ORDER');
    expect(finding).toMatchObject({ diagnosis: { severity: 'WEAK', repair: 'ORDER_CHAIN' } });
    expect(await repaired(finding!.id)).toMatchObject({ kind: 'ORDER_CHAIN', state: 'PROVEN', problem: null });
    expect(await handshake(place(), SHOP)).toMatchObject({ fingerprint: mine, chainLength: 2 });
    expect((await findings()).map(({ id }) => id)).not.toContain(finding!.id);
  });

  it('which CAs are public ones is what the list says that is there at the time', async () => {
    const causes = async () => {
      await check();
      return (await findings()).map(({ diagnosis }) => diagnosis.cause);
    };
    expect(await causes()).not.toContain('NOT_LOGGED');
    const list = join(nginx.directory, 'mozilla.pem');
    readPublicRootsFrom(list);
    await writeFile(list, [...tls.rootCertificates, await rootOfSite()].join('\n'));
    expect(await causes()).toContain('NOT_LOGGED');
    await rm(list);
    expect(await causes()).not.toContain('NOT_LOGGED');
  });

  it('what cannot be proven is undone, and says so', async () => {
    const file = await certificateFile();
    await writeFile(file, stranger.keyPem + stranger.chainPem);
    await reload();
    await waitFor('nginx to show it', async () => (await shown()) === stranger.fingerprint);
    await check();
    const whole = await readFile(nginx.place.mainConfiguration, 'utf8');
    await appendFile(nginx.place.mainConfiguration, 'no_such_directive on;\n');
    const [finding] = await broken();
    await rows(app.database.url, `UPDATE findings SET diagnosis = jsonb_set(diagnosis, '{repair}', '"REINSTALL"') WHERE id = $1`, [
      finding!.id,
    ]);
    expect(await repaired(finding!.id)).toMatchObject({ state: 'UNDONE', problem: { code: 'SERVER_CONFIG_REFUSED' } });
    await writeFile(nginx.place.mainConfiguration, whole);
    app.clock.advance(minutes(2));
    expect((await broken()).map(({ id }) => id)).toContain(finding!.id);
  });

  it('what was done and changed nothing is told as that', async () => {
    const { site } = await app.asAdmin(
      'query ($id: ID!) { site(id: $id) { findings(first: 20) { nodes { id diagnosis { severity repairable } } } } }',
      { id: siteId },
    );
    type Weak = { id: string; diagnosis: { severity: string; repairable: boolean } };
    const weak = (site.findings.nodes as Weak[]).find(({ diagnosis }) => diagnosis.severity !== 'BROKEN' && !diagnosis.repairable)!;
    expect(await ask(weak.id)).toMatchObject({ code: 'NOT_REPAIRABLE' });
    await rows(app.database.url, `UPDATE findings SET diagnosis = jsonb_set(diagnosis, '{repair}', '"REINSTALL"') WHERE id = $1`, [
      weak.id,
    ]);
    expect(await repaired(weak.id)).toMatchObject({ state: 'FAILED', problem: { code: 'REPAIR_NOT_PROVEN' } });
    expect(await broken()).toEqual([]);
  });

  it('those who name no site are shown a neutral certificate again, by whoever owns the server', async () => {
    const neutral = join(nginx.place.tree, 'neutral.pem');
    await writeFile(neutral, stranger.keyPem + stranger.chainPem);
    await reload();
    await waitFor('nginx to show it', async () => (await handshake(place())).fingerprint === stranger.fingerprint);
    await check();
    const finding = (await findings()).find(({ diagnosis }) => diagnosis.repair === 'RESTORE_DEFAULT');
    expect(finding).toMatchObject({ diagnosis: { cause: 'SNI_MISSING', severity: 'WEAK' } });
    expect(await ask(finding!.id, await tokenWithout('WRITE_SERVERS'))).toMatchObject({ code: 'NOT_ALLOWED' });
    const mine = await shown();
    expect(await repaired(finding!.id)).toMatchObject({ kind: 'RESTORE_DEFAULT', state: 'PROVEN', problem: null });
    expect((await handshake(place())).subject).toContain('No site is configured');
    expect(await shown()).toBe(mine);
    expect((await findings()).map(({ id }) => id)).not.toContain(finding!.id);
  });

  it('a name that is shown the certificate for nobody is bound to its own', async () => {
    const mine = await shown();
    await writeFile(await certificateFile(), await readFile(join(nginx.place.tree, 'neutral.pem')));
    await reload();
    await waitFor('nginx to show it', async () => (await shown()) !== mine);
    await check();
    const [finding] = await broken();
    expect(finding).toMatchObject({ diagnosis: { cause: 'SNI_IGNORED', repair: 'REBIND' } });
    expect(await repaired(finding!.id)).toMatchObject({ kind: 'REBIND', state: 'PROVEN', problem: null });
    expect(await shown()).toBe(mine);
    expect(await broken()).toEqual([]);
  });

  it('an intermediate that no kept chain has is fetched from where the certificate says: for the diagnosis, and for the repair', async () => {
    const asked: string[] = [];
    const ca = await makeCa('Far');
    const listeners = new Listeners();
    const files = http.createServer(({ url = '' }, response) => {
      asked.push(url);
      response.end(ca.intermediateDer);
    });
    const { address: host } = place();
    const issuerUrl = `http://${host}:${await listeners.listen(files, { host, port: 0 })}/issuer`;
    const { leafDer, keyPem, chainPem } = await ca.issue({ names: [SHOP], issuerUrl });
    const file = await certificateFile();
    const whole = await readFile(file, 'utf8');
    await writeFile(file, keyPem + chainPem.split(/(?=-----BEGIN)/)[0]);
    const mine = await shown();
    await reload();
    await waitFor('nginx to show it', async () => (await shown()) !== mine);
    await check();
    expect(asked).toEqual(['/issuer']);

    const [kept] = [...(await app.nest.get(Certificates).byIds(await app.nest.get(Orders).issuedFor(siteId))).values()];
    const root = [Buffer.from(ca.rootDer), kept!.id];
    await rows(app.database.url, 'UPDATE certificates SET root = $1 WHERE id = $2', root);
    const cut = { ...kept!, issuer: 'CN=Far Intermediate', chain: [leafDer] };
    const chains = await app.nest.get(CertificateChoice).wholeChains([cut], app.clock.now());
    const hex = (chain: readonly Uint8Array[]) => chain.map((der) => Buffer.from(der).toString('hex'));
    expect(chains.map(({ chain }) => hex(chain))).toEqual([hex([leafDer, ca.intermediateDer])]);

    await rows(app.database.url, 'UPDATE certificates SET root = $1 WHERE id = $2', [kept!.root && Buffer.from(kept!.root), kept!.id]);
    await writeFile(file, whole);
    await reload();
    await waitFor('nginx to show what it did', async () => (await shown()) === mine);
    await check();
    await listeners.stop();
  });

  it('goes on where another process takes over', async () => {
    await writeFile(await certificateFile(), stranger.keyPem + stranger.chainPem);
    await reload();
    await waitFor('nginx to show it', async () => (await shown()) === stranger.fingerprint);
    await check();
    const [finding] = await broken();
    const { database, vaultKeyLine, clock } = app;
    await app.close({ keepDatabase: true });
    const idle = await startTestApp({ work: false, env: env(), database, vaultKeyLine, clock });
    app = idle;
    const { repair } = await ask(finding!.id);
    await idle.nest.get(AdvanceRepairJob).handle({ id: repair.id });
    expect((await idle.asAdmin('query ($id: ID!) { repair(id: $id) { state } }', { id: repair.id })).repair.state).toBe('RUNNING');
    await idle.close({ keepDatabase: true });
    app = await startTestApp({ work: true, env: env(), database, vaultKeyLine, clock });
    await app.nest.get(Jobs).lookAround();
    await waitFor('it to end', async () => {
      const { repair: now } = await app.asAdmin('query ($id: ID!) { repair(id: $id) { finishedAt } }', { id: repair.id });
      return now.finishedAt !== null;
    });
    const { repair: ended } = await app.asAdmin(`query ($id: ID!) { repair(id: $id) { ${FIELDS} } }`, { id: repair.id });
    expect(ended).toMatchObject({ state: 'PROVEN', problem: null });
    expect(await broken()).toEqual([]);
  });

  it('a revoked certificate is ordered anew, by whoever may order', async () => {
    const before = await shown();
    const [row] = await rows<{ id: Id<'certificate'> }>(app.database.url, 'SELECT id FROM certificates WHERE fingerprint = $1', [before]);
    await app.asAdmin(
      `mutation ($id: ID!, $key: String!) { revokeCertificate(input: { certificateId: $id, reason: KEY_COMPROMISE, evenIfServed: true }, idempotencyKey: $key) { __typename } }`,
      { id: row!.id, key: freshKey() },
    );
    await waitFor('the CA to have revoked it', async () => {
      const [{ revoked }] = (await rows(app.database.url, 'SELECT revoked_at IS NOT NULL AS revoked FROM certificates WHERE id = $1', [
        row!.id,
      ])) as [{ revoked: boolean }];
      return revoked;
    });
    await check();
    const [finding] = await broken();
    expect(finding).toMatchObject({ diagnosis: { cause: 'REVOKED', repair: 'REISSUE' } });
    expect(await ask(finding!.id, await tokenWithout('WRITE_ORDERS'))).toMatchObject({ code: 'NOT_ALLOWED' });
    expect(await repaired(finding!.id)).toMatchObject({ kind: 'REISSUE', state: 'PROVEN', orderId: expect.stringMatching(/^ord_/) });
    expect(await shown()).not.toBe(before);
    expect(await broken()).toEqual([]);
  });
});
