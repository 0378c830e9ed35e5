/** A site on an HAProxy that HOSTSEAL_SERVERS names, which ends TLS for somebody else too. Strangers look at both all the time. */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ISSUERS, type Issuer } from '../../src/adapters/issuers/issuer.js';
import { unwrap } from '../../src/values/result.js';
import { startDns, type DnsServer } from '../support/acme/dns-server.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { startTestHaproxy, type TestHaproxy } from '../support/haproxy/haproxy.js';
import { makeCa } from '../support/pki/certificates.js';
import { createSite, isSecure, orderIs, placeOrder } from '../support/story.js';
import { freePort } from '../support/suite/free-port.js';
import { waitFor } from '../support/suite/wait-for.js';
import { Watch } from '../support/tls/watch.js';

const ADDRESS = '127.0.0.2';
const SHOP = 'shop.example.test';

describe('a site on HAProxy', { timeout: 60_000 }, () => {
  let folder: string;
  let ports: { httpPort: number; httpsPort: number };
  let dns: DnsServer;
  let haproxy: TestHaproxy;
  let app: TestApp;
  let neighbour: Watch;
  let siteId: string;
  let rootPem: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'haproxy-journey-'));
    ports = { httpPort: await freePort(ADDRESS), httpsPort: await freePort(ADDRESS) };
    const ca = await makeCa('Somebody Else');
    const theirs = await ca.issue({ names: ['theirs.example'] });
    const pem = join(folder, 'theirs.pem');
    await writeFile(pem, theirs.keyPem + theirs.chainPem);
    const theirPort = await freePort('127.0.0.1');
    haproxy = await startTestHaproxy({ sections: `frontend theirs\n\tbind 127.0.0.1:${theirPort} ssl crt ${pem}\n\thttp-request deny\n` });
    const servers = join(folder, 'servers.json');
    await writeFile(servers, JSON.stringify([{ name: 'haproxy', kind: 'HAPROXY', place: haproxy.place }]), { mode: 0o600 });
    dns = await startDns({ [SHOP]: [ADDRESS] });
    app = await startTestApp({
      work: true,
      env: {
        HOSTSEAL_DNS_SERVERS: dns.server,
        // The local CA comes to the HTTP port of the edge: HAProxy has the same one, at another address.
        HOSTSEAL_HTTP_PORT: String(ports.httpPort),
        HOSTSEAL_HTTPS_PORT: String(ports.httpsPort),
        HOSTSEAL_ALLOW_ADDRESSES: ADDRESS,
        HOSTSEAL_SERVERS: servers,
      },
    });
    const [issuer] = app.nest.get<readonly Issuer[]>(ISSUERS);
    rootPem = new X509Certificate(unwrap(await issuer!.trustAnchors())[0]!).toString();
    neighbour = new Watch({ address: '127.0.0.1', port: theirPort }, 'theirs.example', ca.rootPem, 10);
  });
  afterAll(async () => {
    await app?.close();
    await dns?.stop();
    await haproxy?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const order = async (): Promise<string> =>
    (await orderIs(app.asAdmin, await placeOrder(app.asAdmin, siteId), 'ISSUED')).certificate!.fingerprint;

  it('is registered, ordered, shown to the CA by HAProxy, installed and proven, without a step by hand', async () => {
    const { registerServer } = await app.asAdmin(
      `mutation ($key: String!) { registerServer(input: { name: "web", kind: HAPROXY }, idempotencyKey: $key) {
         ... on RegisterServerSuccess { server { id } } ... on Problem { code message } } }`,
      { key: freshKey() },
    );
    const serverId = registerServer.server.id as string;
    await app.asAdmin(
      `mutation ($input: AddAddressInput!, $key: String!, $domain: String!) {
         addAddress(input: $input, idempotencyKey: $key) { __typename }
         addDomain(input: { name: "example.test" }, idempotencyKey: $domain) { __typename } }`,
      { input: { serverId, ip: ADDRESS, ...ports }, key: freshKey(), domain: freshKey() },
    );
    siteId = await createSite(app.asAdmin, SHOP, serverId);
    const fingerprint = await order();
    await isSecure(app.asAdmin, siteId);
    const watch = new Watch({ address: ADDRESS, port: ports.httpsPort }, SHOP, rootPem, 10);
    await waitFor('it to have looked', async () => watch.handshakes > 0);
    expect(await watch.stop()).toMatchObject({ shown: [fingerprint], failures: [] });
  });

  it('gets another certificate without one failed handshake, and the neighbour notices nothing of it all', async () => {
    const watch = new Watch({ address: ADDRESS, port: ports.httpsPort }, SHOP, rootPem, 10);
    const fingerprint = await order();
    await waitFor('the new one to be shown', async () => watch.shown.includes(fingerprint));
    const seen = await watch.stop();
    expect(seen.shown.at(-1)).toBe(fingerprint);
    expect([seen.failures, (await neighbour.stop()).failures]).toEqual([[], []]);
  });
});
