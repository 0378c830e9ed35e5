/** A site on the nginx of the machine, in whose configuration somebody else has a site too. Strangers look at both all the time. */
import { X509Certificate } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ISSUERS, type Issuer } from '../../src/adapters/issuers/issuer.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import { minutes } from '../../src/values/instant.js';
import { unwrap } from '../../src/values/result.js';
import { startTestApp, freshKey, type TestApp } from '../support/app.js';
import { makeCa } from '../support/pki/certificates.js';
import { startDns, type DnsServer } from '../support/acme/dns-server.js';
import { freePort } from '../support/suite/free-port.js';
import { nginxVariables, startTestNginx, type TestNginx } from '../support/nginx/nginx.js';
import { createSite, isSecure, orderIs, placeOrder } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';
import { Watch } from '../support/tls/watch.js';

const hasIpv6 = JSON.stringify(networkInterfaces()).includes('"::1"');
const ADDRESSES = ['127.0.0.2', ...(hasIpv6 ? ['::1'] : [])];
const SHOP = 'shop.example.test';

describe('a site on nginx', { timeout: 60_000 }, () => {
  let folder: string;
  let ports: { httpPort: number; httpsPort: number };
  let dns: DnsServer;
  let nginx: TestNginx;
  let app: TestApp;
  let neighbour: Watch;
  let serverId: string;
  let siteId: string;
  let first: string;
  let rootPem: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nginx-journey-'));
    ports = { httpPort: await freePort(ADDRESSES[0]), httpsPort: await freePort(ADDRESSES[0]) };
    const ca = await makeCa('Somebody Else');
    const theirs = await ca.issue({ names: ['theirs.example'] });
    const pem = join(folder, 'theirs.pem');
    await writeFile(pem, theirs.keyPem + theirs.chainPem);
    const listen = `listen ${ADDRESSES[0]}:${ports.httpsPort} ssl; server_name theirs.example;`;
    nginx = await startTestNginx({ http: `server { ${listen} ssl_certificate ${pem}; ssl_certificate_key ${pem}; }` });
    dns = await startDns({ [SHOP]: ADDRESSES });
    app = await startTestApp({
      work: true,
      env: {
        HOSTSEAL_DNS_SERVERS: dns.server,
        // The local CA comes to the HTTP port of the edge: nginx has the same one, at other addresses.
        HOSTSEAL_HTTP_PORT: String(ports.httpPort),
        HOSTSEAL_HTTPS_PORT: String(ports.httpsPort),
        HOSTSEAL_ALLOW_ADDRESSES: ADDRESSES.join(','),
        ...nginxVariables(nginx),
      },
    });
    const [issuer] = app.nest.get<readonly Issuer[]>(ISSUERS);
    rootPem = new X509Certificate(unwrap(await issuer!.trustAnchors())[0]!).toString();
    neighbour = new Watch(https(ADDRESSES[0]!), 'theirs.example', ca.rootPem, 10);
  });
  afterAll(async () => {
    await neighbour?.stop();
    await app?.close();
    await dns?.stop();
    await nginx?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const https = (address: string) => ({ address, port: ports.httpsPort });
  const order = async (): Promise<string> =>
    (await orderIs(app.asAdmin, await placeOrder(app.asAdmin, siteId), 'ISSUED')).certificate!.fingerprint;
  const watches = () => ADDRESSES.map((address) => new Watch(https(address), SHOP, rootPem, 10));
  const deploymentIs = (state: string) =>
    waitFor(`the newest deployment to be ${state}`, async () => {
      const newest = await newestDeployment();
      return newest.state === state && newest;
    });
  const newestDeployment = async () => {
    const { server } = await app.asAdmin(
      `query ($id: ID!) { server(id: $id) { deployments(first: 50) { nodes { state problem { code message } } } } }`,
      { id: serverId },
    );
    return server.deployments.nodes.at(-1);
  };

  it('is registered, ordered, shown to the CA by nginx, installed and proven at each of its addresses, without a step by hand', async () => {
    const { registerServer } = await app.asAdmin(
      `mutation ($key: String!) { registerServer(input: { name: "web", kind: NGINX }, idempotencyKey: $key) {
         ... on RegisterServerSuccess { server { id } } ... on Problem { code message } } }`,
      { key: freshKey() },
    );
    serverId = registerServer.server.id as string;
    for (const ip of ADDRESSES) {
      await app.asAdmin(
        `mutation ($input: AddAddressInput!, $key: String!, $domain: String!) {
           addAddress(input: $input, idempotencyKey: $key) { __typename }
           addDomain(input: { name: "example.test" }, idempotencyKey: $domain) { __typename } }`,
        { input: { serverId, ip, ...ports }, key: freshKey(), domain: freshKey() },
      );
    }
    // What is somebody else's is seen, and left alone.
    const asked = 'query ($id: ID!) { foundSites(serverId: $id) { names listens { address port } issuer keyReadable } }';
    expect((await app.asAdmin(asked, { id: serverId })).foundSites).toEqual([
      { names: ['theirs.example'], listens: [https(ADDRESSES[0]!)], issuer: expect.stringContaining('Somebody Else'), keyReadable: true },
    ]);
    siteId = await createSite(app.asAdmin, SHOP);
    first = await order();
    await isSecure(app.asAdmin, siteId);
    const { site } = await app.asAdmin(`query ($id: ID!) { site(id: $id) { serverId security { findings { address reason } } } }`, {
      id: siteId,
    });
    expect(site).toEqual({ serverId, security: { findings: ADDRESSES.map((address) => ({ address, reason: 'PROVEN' })) } });
    const watching = watches();
    await waitFor('all to have looked', async () => watching.every(({ handshakes }) => handshakes > 0));
    for (const watch of watching) expect(await watch.stop()).toMatchObject({ shown: [first], failures: [] });
  });

  it('stays secure with what it had where the configuration was broken by hand, and follows when that is mended', async () => {
    const whole = await readFile(nginx.place.mainConfiguration, 'utf8');
    const watching = watches();
    await appendFile(nginx.place.mainConfiguration, 'no_such_directive on;\n');
    const second = await order();
    expect((await deploymentIs('UNDONE')).problem).toMatchObject({
      code: 'SERVER_CONFIG_REFUSED',
      message: expect.stringContaining('no_such_directive'),
    });
    await isSecure(app.asAdmin, siteId);
    for (const { shown } of watching) expect(shown).toEqual([first]);

    await writeFile(nginx.place.mainConfiguration, whole);
    app.clock.advance(minutes(1)); // the wait after a first failed installation (bindings/binding.ts)
    await app.nest.get(Jobs).send('server.sweep', { id: 'all' });
    await deploymentIs('SERVED');
    await waitFor('the new certificate to be seen everywhere', async () => watching.every(({ shown }) => shown.at(-1) === second));
    for (const watch of watching) {
      const { shown, failures } = await watch.stop();
      // Workers of before and after answer side by side for a moment.
      expect([...new Set(shown)]).toEqual([first, second]);
      expect(failures).toEqual([]);
    }
  });

  it('what somebody changed by hand is found, told to the administrator, put aside, laid down again and proven, and nobody notices', async () => {
    const shards = join(nginx.place.tree, 'shards');
    const { deployments } = (
      await app.asAdmin('query ($id: ID!) { server(id: $id) { deployments(first: 50) { nodes { id } } } }', { id: serverId })
    ).server;
    const watching = watches();
    // All of them: one is in use.
    for (const name of await readdir(shards)) await appendFile(join(shards, name), '# by hand\n');
    const main = await readFile(nginx.place.mainConfiguration, 'utf8');
    await writeFile(nginx.place.mainConfiguration, main.replace(/^.*current\.conf.*\n/m, ''));
    app.clock.advance(minutes(11));
    await app.nest.get(Jobs).send('server.drift', { id: 'all' });
    const query =
      'query ($id: ID!) { server(id: $id) { drift { found { path detail } setRightAt } deployments(first: 50) { nodes { id state } } } }';
    const { drift } = await waitFor('it to be set right', async () => {
      const { server } = await app.asAdmin(query, { id: serverId });
      const newest = server.deployments.nodes.at(-1);
      return server.drift?.setRightAt && server.deployments.nodes.length > deployments.nodes.length && newest.state === 'SERVED' && server;
    });
    expect(drift.found).toEqual(
      expect.arrayContaining([
        { path: expect.stringMatching(/^shards\//), detail: 'its content is another' },
        { path: 'the configuration of the server', detail: 'our line is gone' },
      ]),
    );
    expect(await readFile(nginx.place.mainConfiguration, 'utf8')).toBe(main);
    expect((await readdir(join(nginx.place.tree, 'found-by-hand'))).length).toBeGreaterThan(0);
    for (const watch of watching) expect(await watch.stop()).toMatchObject({ shown: [expect.any(String)], failures: [] });
    await isSecure(app.asAdmin, siteId);
  });

  it('tells whoever ordered that its server is in trouble, and nothing of the files of that; mended, it goes on', async () => {
    const { mainConfiguration } = nginx.place;
    await rename(mainConfiguration, `${mainConfiguration}.away`);
    const id = await placeOrder(app.asAdmin, siteId);
    const query = 'query ($id: ID!) { order(id: $id) { problem { code message } timeline { because problem { code message } } } }';
    const troubled = await waitFor('the trouble to be told', async () => {
      const { order } = await app.asAdmin(query, { id });
      return order.problem?.code === 'SERVER_UNREACHABLE' && order;
    });
    expect(JSON.stringify(troubled)).not.toContain(nginx.directory);
    await rename(`${mainConfiguration}.away`, mainConfiguration);
    app.clock.advance(minutes(1));
    await app.nest.get(Jobs).send('order.sweep', { id: 'all' });
    await orderIs(app.asAdmin, id, 'ISSUED');
    expect(await neighbour.stop()).toMatchObject({ shown: [expect.any(String)], failures: [] });
  });
});
