/** Certificates that were issued elsewhere, brought with their keys. */
import { generateKeyPairSync, createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { knownCa } from '../support/known-ca.js';
import { makeCa, type TestCa, type TestCertificate, type TestRequest } from '../support/pki/certificates.js';
import { handshake } from '../support/tls/handshake.js';
import { waitFor } from '../support/suite/wait-for.js';
import { codesOf, idOf, mutate } from './every-mutation.js';
import { openTables, type Tables } from './tables.js';
import { plantTenants, untilSecure, type Tenants } from './tenants.js';

let edge: TestEdge;
let app: TestApp;
let tables: Tables;
let tenants: Tenants;
let ca: TestCa;
let site: TestCertificate;

beforeAll(async () => {
  [edge, ca] = [await startTestEdge(), await makeCa()];
  app = await startTestApp({ edge, issuers: (usual) => [...usual, knownCa(usual[0]!, ca)] });
  tables = await openTables(app);
  tenants = await plantTenants(app);
  await untilSecure(app, tenants.alice.siteId);
  site = await ca.issue({ names: [tenants.alice.name] });
});
afterAll(async () => {
  await tables?.close();
  await app?.close();
  await edge?.stop();
});

const input = ({ chainPem: chain, keyPem: privateKey }: TestCertificate, siteId = tenants.alice.siteId) => ({ siteId, chain, privateKey });
const bring = (more: object = {}, token = tenants.alice.token) =>
  mutate(app, token, 'importCertificate', { input: { ...input(site), ...more } });
const issue = (more: Partial<TestRequest>) => ca.issue({ names: [tenants.alice.name], ...more });

it.each([
  ['a certificate without its key', async () => ({ privateKey: site.chainPem }), 'NOT_PEM'],
  ['a key with a password', async () => ({ privateKey: sealed() }), 'NOT_PEM'],
  ['a key without its certificate', async () => ({ chain: site.keyPem }), 'NOT_PEM'],
  ['a key of another certificate', async () => ({ privateKey: anotherKey() }), 'KEY_MISMATCH'],
  [
    'a certificate that has expired',
    async () => input(await issue({ notBefore: new Date(0), notAfter: new Date(86_400_000) })),
    'CERTIFICATE_EXPIRED',
  ],
  ['one for other names', async () => input(await issue({ names: ['bob.localhost'] })), 'CERTIFICATE_NAME_MISMATCH'],
  [
    'one that nobody knows the root of',
    async () => input(await (await makeCa()).issue({ names: [tenants.alice.name] })),
    'CHAIN_UNTRUSTED',
  ],
  ['one without its intermediate', async () => ({ chain: site.leafPem }), 'CHAIN_MISSING_INTERMEDIATE'],
])('%s is refused, and nothing is kept', async (_, more, code) => {
  const keys = () => tables.query(`SELECT count(*) FROM vault_items WHERE kind = 'CERTIFICATE_KEY'`);
  const before = await keys();
  expect(codesOf(await bring(await more()))).toEqual([code]);
  expect(await keys()).toEqual(before);
});

it('is kept, bound to its site, installed and proven; its key in an older spelling', async () => {
  const sec1 = createPrivateKey(site.keyPem).export({ type: 'sec1', format: 'pem' });
  const id = idOf(await bring({ chain: site.chainPem + ca.rootPem, privateKey: sec1 }));
  const { address, httpsPort: port } = edge.listeners[0]!;
  const place = { address, port };
  await waitFor('it to be shown', async () => (await handshake(place, tenants.alice.name)).fingerprint === site.fingerprint);
  expect((await handshake(place, tenants.alice.name)).chainLength).toBe(2);
  await untilSecure(app, tenants.alice.siteId);
  const { certificate } = await app.asAdmin('query ($id: ID!) { certificate(id: $id) { issuerId names } }', { id });
  expect(certificate).toEqual({ issuerId: 'known-ca', names: [tenants.alice.name] });
  expect(idOf(await bring())).toBe(id);
  // Nobody has an order for it, through which its CA could be told.
  const asked = { certificateId: id, reason: 'SUPERSEDED', evenIfServed: true };
  expect(codesOf(await mutate(app, tenants.alice.token, 'revokeCertificate', { input: asked }))).toEqual(['ISSUER_UNKNOWN']);
});

it('another account cannot bring what is kept for one', async () => {
  const both = await ca.issue({ names: [tenants.alice.name, tenants.carl.name] });
  idOf(await bring(input(both)));
  expect(codesOf(await bring(input(both, tenants.carl.siteId), tenants.carl.token))).toEqual(['CERTIFICATE_KEPT_ELSEWHERE']);
});

const anotherKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const sealed = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });
