/** A site on two real servers, the built-in edge and an nginx: one order for both, one that lags, and a move from one to the other. */
import { X509Certificate } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ISSUERS, type Issuer } from '../../src/adapters/issuers/issuer.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import { minutes } from '../../src/values/instant.js';
import { unwrap } from '../../src/values/result.js';
import { idOf, mutate } from '../api/every-mutation.js';
import { startDns, type DnsServer } from '../support/acme/dns-server.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { nginxVariables, startTestNginx, type TestNginx } from '../support/nginx/nginx.js';
import { addDomain, createSite, orderIs, placeOrder, registerNginx } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';
import { Watch } from '../support/tls/watch.js';

const NGINX = '127.0.0.3';
const SHOP = 'shop.example.test';

describe('a site on an edge and an nginx', { timeout: 90_000 }, () => {
  let dns: DnsServer;
  let edge: TestEdge;
  let nginx: TestNginx;
  let app: TestApp;
  let rootPem: string;
  let ids: { edge: string; nginx: string; site: string; pool: string };
  beforeAll(async () => {
    [edge, nginx] = await Promise.all([startTestEdge(), startTestNginx()]);
    const { address, httpPort, httpsPort } = edge.listeners[0]!;
    dns = await startDns({ [SHOP]: [address, NGINX] });
    const allowed = `${address},${NGINX}`;
    const env = { HOSTSEAL_DNS_SERVERS: dns.server, HOSTSEAL_ALLOW_ADDRESSES: allowed, ...nginxVariables(nginx) };
    app = await startTestApp({ edge, env });
    const [issuer] = app.nest.get<readonly Issuer[]>(ISSUERS);
    rootPem = new X509Certificate(unwrap(await issuer!.trustAnchors())[0]!).toString();
    await addDomain(app.asAdmin, 'example.test');
    const [first] = (await app.asAdmin('{ servers(first: 1) { nodes { id } } }')).servers.nodes as [{ id: string }];
    const second = await registerNginx(app.asAdmin, { ip: NGINX, httpPort, httpsPort });
    ids = { edge: first.id, nginx: second, pool: '', site: await createSite(app.asAdmin, SHOP, first.id) };
  });
  afterAll(async () => {
    await app?.close();
    await dns?.stop();
    await nginx?.stop();
    await edge?.stop();
  });

  const change = async (...[name, args]: [Parameters<typeof mutate>[2], Parameters<typeof mutate>[3]]) =>
    idOf(await mutate(app, app.adminToken, name, args));
  const order = async (): Promise<string> =>
    (await orderIs(app.asAdmin, await placeOrder(app.asAdmin, ids.site), 'ISSUED')).certificate!.fingerprint;
  const site = async () => {
    const query = `query ($id: ID!) { site(id: $id) { serverId move { state }
      convergence { serverId state shown { fingerprint } problem { code } } } }`;
    return (await app.asAdmin(query, { id: ids.site })).site;
  };
  const shows = (what: Readonly<Record<string, string>>) =>
    waitFor('each to show what it shall', async () => {
      const rows = (await site()).convergence as { serverId: string; state: string; shown: { fingerprint: string } | null }[];
      const shown = Object.fromEntries(rows.map(({ serverId, shown: version }) => [serverId, version?.fingerprint]));
      if (JSON.stringify(Object.entries(shown).sort()) === JSON.stringify(Object.entries(what).sort())) return rows;
      throw new Error(JSON.stringify(rows));
    });
  const watch = (address: string) => new Watch({ address, port: edge.listeners[0]!.httpsPort }, SHOP, rootPem, 10);

  it('one order: the CA finds the challenge at both, both are installed and proven', async () => {
    ids.pool = await change('createPool', { input: { name: 'both' } });
    for (const serverId of [ids.edge, ids.nginx]) await change('joinPool', { serverId, poolId: ids.pool });
    const fingerprint = await order();
    const rows = await shows({ [ids.edge]: fingerprint, [ids.nginx]: fingerprint });
    expect(rows.map(({ state }) => state)).toEqual(['CONVERGED', 'CONVERGED']);
  });

  it('one that is broken by hand is told to lag, and why; the other shows the new certificate, and both are answered throughout', async () => {
    const [before] = (await site()).convergence;
    const watches = [watch(edge.listeners[0]!.address), watch(NGINX)];
    const whole = await readFile(nginx.place.mainConfiguration, 'utf8');
    await appendFile(nginx.place.mainConfiguration, 'no_such_directive on;\n');
    const renewed = await order();
    await shows({ [ids.edge]: renewed, [ids.nginx]: before.shown.fingerprint });
    await waitFor('the reason to be told', async () => {
      const row = (await site()).convergence.find(({ serverId }: { serverId: string }) => serverId === ids.nginx);
      return row.state === 'LAGGING' && row.problem?.code === 'SERVER_CONFIG_REFUSED';
    });
    await writeFile(nginx.place.mainConfiguration, whole);
    app.clock.advance(minutes(1)); // the wait after a first failed installation (bindings/binding.ts)
    await app.nest.get(Jobs).send('server.sweep', { id: 'all' });
    await shows({ [ids.edge]: renewed, [ids.nginx]: renewed });
    for (const each of watches) {
      const { failures, shown } = await each.stop();
      expect(failures).toEqual([]);
      expect([...new Set(shown)].every((fingerprint) => [before.shown.fingerprint, renewed].includes(fingerprint))).toBe(true);
    }
  });

  it('moved from the edge to the nginx: not one handshake fails at either, and each shows the one certificate', async () => {
    dns.zone.set(SHOP, [edge.listeners[0]!.address]);
    await change('leavePool', { serverId: ids.nginx });
    const fingerprint = await order();
    await shows({ [ids.edge]: fingerprint });
    const old = watch(edge.listeners[0]!.address);
    await change('moveSite', { siteId: ids.site, serverId: ids.nginx });
    await waitFor('the home to be switched', async () => (await site()).move.state === 'DRAINING');
    const fresh = watch(NGINX);
    expect((await site()).serverId).toBe(ids.nginx);
    await waitFor('both to have looked', () => Promise.resolve(old.handshakes > 20 && fresh.handshakes > 20));
    expect(await old.stop()).toMatchObject({ failures: [], shown: [fingerprint] });
    await change('finishMove', { siteId: ids.site });
    await waitFor('the edge to have nothing of it', async () => {
      return unwrap(await edge.installer.inventory()).bindings.every(({ key }) => key.name !== SHOP);
    });
    await shows({ [ids.nginx]: fingerprint });
    expect(await fresh.stop()).toMatchObject({ failures: [], shown: [fingerprint] });
  });
});
