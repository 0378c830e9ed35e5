/** What a CA that speaks ACME, or what stands before it, can do to an order, seen by whoever asks the API; and that nobody else waits for it. */
import fs from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AcmeIssuer } from '../../src/adapters/issuers/acme/acme.issuer.js';
import type { AcmeDirectory } from '../../src/adapters/issuers/acme/protocol/directories.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import { days, minutes, seconds, type Duration } from '../../src/values/instant.js';
import { directoryOf } from '../contract/issuers/acme.fixture.js';
import { startFront, type Front, type FrontAnswer, type Tampering } from '../support/acme/acme-front.js';
import { freshKey, startTestApp, TestClock, type TestApp } from '../support/app.js';
import { makeCa, type TestCa, type TestRequest } from '../support/pki/certificates.js';
import { rows } from '../support/database.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { MemoryMemberState } from '../support/memory-member-state.js';
import { loopbackDialer } from '../support/network.js';
import { startPebble, type Pebble } from '../support/acme/pebble.js';
import { addDomain, createSite } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';

const clock = new TestClock();
let edge: TestEdge;
let pebble: Pebble;
let front: Front;
let liar: TestCa;
let app: TestApp;
let mortalState: MemoryMemberState;
let names = 0;
beforeAll(async () => {
  edge = await startTestEdge();
  const httpPort = edge.listeners[0]!.httpPort;
  pebble = await startPebble({ httpPort });
  front = await startFront(pebble);
  liar = await makeCa('Liar');
  mortalState = new MemoryMemberState();
  const issuer = (id: string, more: Partial<AcmeDirectory> = {}, timeoutMs = 10_000, state = new MemoryMemberState()) => {
    const usual = { id, url: front.directoryUrl, httpsRoots: [front.httpsRoot], validationPort: httpPort };
    return new AcmeIssuer({ directory: directoryOf(pebble, { ...usual, ...more }), state, clock, dialer: loopbackDialer(), timeoutMs });
  };
  const acme = [
    issuer('acme-patient'),
    // Short for what never answers.
    issuer('acme-hasty', {}, 1_000),
    issuer('acme-stranger', { httpsRoots: [] }),
    issuer('acme-liar', { roots: [...pebble.roots, liar.rootDer] }),
    issuer('acme-mortal', {}, 10_000, mortalState),
    ...Array.from({ length: 2 }, (_, i) => issuer(`acme-fresh${i}`)),
  ];
  app = await startTestApp({
    ...{ edge, clock, env: { HOSTSEAL_DNS_SERVERS: pebble.dns.server } },
    issuers: (usual) => [...usual, ...acme],
  });
  await addDomain(app.asAdmin, 'acme.test');
});
afterAll(async () => {
  await app?.close();
  await front?.stop();
  await pebble?.stop();
  await edge?.stop();
});
beforeEach(() => (front.requests.length = 0));
afterEach(() => (front.tampering = undefined));

const on = (path: string, told: Tampering): Tampering => {
  return (request, ask) => (request.path.startsWith(path) ? told(request, ask) : ask());
};
const html = (status = 200): FrontAnswer => ({ status, headers: { 'content-type': 'text/html' }, body: '<html><h1>It works!</h1></html>' });
const refusing = (status: number, type: string, detail: string): FrontAnswer => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'replay-nonce': 'bm9uY2U' },
  body: JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail }),
});

const newName = () => `shop${++names}.acme.test`;
const newSite = (name: string) => createSite(app.asAdmin, name);

/** An order that this issuer is asked for; its id. */
async function placeAt(issuerId: string, siteId: string): Promise<string> {
  const { placeOrder: placed } = await app.asAdmin(
    `mutation ($issuerId: String!, $siteId: ID!, $keyOfProduct: String!, $key: String!) {
       setProductIssuer(input: { product: "internal", issuerId: $issuerId }, idempotencyKey: $keyOfProduct) { __typename }
       placeOrder(input: { siteId: $siteId, product: "internal" }, idempotencyKey: $key) {
         ... on PlaceOrderSuccess { order { id } } ... on Problem { code message } } }`,
    { issuerId, siteId, keyOfProduct: freshKey(), key: freshKey() },
  );
  return placed.order.id as string;
}

async function see(id: string) {
  const query = `query ($id: ID!) { order(id: $id) { state waitingFor nextStepAt certificate { fingerprint }
    problem { code message remedy whoActs sub { code subject message whoActs } } timeline { step phase because problem { code } } } }`;
  return (await app.asAdmin(query, { id })).order;
}
const is = (id: string, state: string) =>
  waitFor(`order to be ${state}`, async () => {
    const order = await see(id);
    return order.state === state && order;
  });

/** Resolves when it has failed for now, and nothing is done before a later time. */
const waits = (id: string) =>
  waitFor('order to wait', async () => {
    const order = await see(id);
    return order.problem && Date.parse(order.nextStepAt as string) > clock.now() && order;
  });

async function pass(span: Duration): Promise<void> {
  clock.advance(span);
  await app.nest.get(Jobs).send('order.sweep', { id: 'all' });
}
/** Time goes by while it waits, and only then: a claim lasts as long as its time. */
const passUntil = (id: string, state: string) =>
  waitFor(`order to be ${state}`, async () => {
    const order = await see(id);
    const ahead = order.nextStepAt === null ? 0 : Date.parse(order.nextStepAt as string) - clock.now();
    if (ahead > 0) await pass((ahead + seconds(1)) as Duration);
    return order.state === state && order;
  });

/** Without those of certificates: the panel renews its own meanwhile. */
const keysKept = async () =>
  Number(
    (
      await rows(
        app.database.url,
        `SELECT count(*) AS n FROM vault_items WHERE kind = 'CERTIFICATE_KEY' AND id NOT IN (SELECT key_item_id FROM certificates)`,
      )
    )[0]!['n'],
  );
const filesLeft = () => waitFor('the files to be gone', async () => fs.readdirSync(join(edge.options.home, 'challenges')).length === 0);

/** Orders at another issuer go their way meanwhile. */
async function neighbourIsIssued(): Promise<void> {
  await is(await placeAt('local-ca', await newSite(newName())), 'ISSUED');
}

describe('an order whose CA cannot be worked with', { timeout: 60_000 }, () => {
  const badNonce: Tampering = async ({ method }, ask) => (method === 'POST' ? refusing(400, 'badNonce', 'never right') : ask());
  it.each<{ what: string; issuer?: string; tampering: Tampering; code: string; says: RegExp; whoActs?: string }>([
    ...[
      { what: 'a web page in the place of the directory', issuer: 'acme-fresh0', tampering: on('/dir', async () => html()) },
      {
        what: 'something else in the place of the directory',
        issuer: 'acme-fresh1',
        tampering: on('/dir', async () => ({ ...html(), headers: { 'content-type': 'application/json' }, body: '{"swagger":"2.0"}' })),
      },
      { what: 'a web page in the place of an order', tampering: on('/order-plz', async () => html()) },
      { what: 'a web page that says no', tampering: async () => html(403) },
    ].map((row) => ({ ...row, code: 'ISSUER_ANSWER_MALFORMED', says: /not of its protocol/, whoActs: 'ADMIN' })),
    { what: 'a CA at work on itself', tampering: async () => html(503), code: 'ISSUER_UNREACHABLE', says: /status 503/ },
    { what: 'connections that are cut', tampering: async () => 'CUT', code: 'ISSUER_UNREACHABLE', says: /closed the connection/ },
    { what: 'a nonce that is never right', tampering: badNonce, code: 'ISSUER_UNREACHABLE', says: /none of its own nonces/ },
    {
      ...{ what: 'an answer that breaks off and hangs', issuer: 'acme-hasty' },
      tampering: on('/authZ/', async (_, ask) => ({ half: await ask() })),
      ...{ code: 'ISSUER_UNREACHABLE', says: /did not answer within/ },
    },
  ])('$what: waits, asks ever more seldom, and goes on by itself', async ({ issuer = 'acme-patient', tampering, code, says, whoActs }) => {
    front.tampering = tampering;
    const name = newName();
    const keys = await keysKept();
    const id = await placeAt(issuer, await newSite(name));
    expect(await waits(id)).toMatchObject({
      ...{ state: 'PLACED', waitingFor: 'HOSTSEAL', certificate: null },
      problem: { code, message: expect.stringMatching(says), whoActs: whoActs ?? 'CA' },
    });
    for (let round = 0; round < 3; round++) {
      await pass(minutes(5));
      await waits(id);
    }
    await neighbourIsIssued();
    // Seven in real time at the most and one for each round, of which each tries a nonce six times.
    expect(front.requests.length).toBeLessThan(80);
    expect(await keysKept()).toBe(keys);
    front.tampering = undefined;
    await passUntil(id, 'ISSUED');
    await filesLeft();
  });

  it('whom nobody vouches for: waits, and says what has to be trusted', async () => {
    const id = await placeAt('acme-stranger', await newSite(newName()));
    expect(await waits(id)).toMatchObject({
      ...{ state: 'PLACED', problem: { code: 'ISSUER_UNREACHABLE', message: expect.stringMatching(/certificate .* is not accepted/) } },
    });
    expect((await see(id)).problem.sub).toMatchObject([{ code: 'PEER_NOT_AUTHENTICATED', whoActs: 'ADMIN' }]);
    expect(front.requests).toEqual([]);
    await neighbourIsIssued();
  });

  it('since it ended our account: fails at once, and is asked nothing more', async () => {
    front.tampering = on('/order-plz', async () => refusing(403, 'unauthorized', 'account is deactivated'));
    const keys = await keysKept();
    const id = await placeAt('acme-patient', await newSite(newName()));
    expect(await is(id, 'FAILED')).toMatchObject({
      waitingFor: 'NOBODY',
      problem: { code: 'ISSUER_ACCOUNT_UNUSABLE', whoActs: 'ADMIN', message: expect.stringContaining('account is deactivated') },
    });
    expect(front.requests.filter(({ path }) => path === '/order-plz')).toHaveLength(1);
    expect(await keysKept()).toBe(keys);
  });

  it('after its process died while it was placed: waits once, and says for what', async () => {
    // With an account, so that the next thing written is that the order is placed.
    await passUntil(await placeAt('acme-mortal', await newSite(newName())), 'ISSUED');
    mortalState.dieAtWrite(1, 'AFTER');
    const id = await placeAt('acme-mortal', await newSite(newName()));
    const order = await waits(id);
    expect(mortalState.died()).toBe(true);
    expect(order.problem).toMatchObject({
      code: 'ISSUER_UNREACHABLE',
      message: 'Pebble did not answer: the same request was sent a moment ago, and its answer may still come.',
      remedy: 'Nothing to do yet: it is tried again.',
    });
    const { timeline } = await passUntil(id, 'ISSUED');
    expect((timeline as { phase: string }[]).filter(({ phase }) => phase === 'FAILED')).toHaveLength(1);
  });

  it('from the finalizing on: goes on when it is back, with one certificate', async () => {
    let tries = 0;
    front.tampering = on('/finalize-order/', async (_, ask) => (tries++ === 0 ? { half: await ask() } : ask()));
    const issued = pebble.certificates().length;
    const id = await placeAt('acme-hasty', await newSite(newName()));
    await passUntil(id, 'ISSUED');
    expect(pebble.certificates().length - issued).toBe(1);
  });
});

describe('an order whose CA issues what was not ordered', { timeout: 60_000 }, () => {
  const HOUR = 3_600_000;
  const ago = (hours: number) => new Date(clock.now() - hours * HOUR);
  it.each<{ what: string; code: string; request: (name: string) => Partial<TestRequest>; issuer?: string }>([
    { what: 'for another name', code: 'CERTIFICATE_NAME_MISMATCH', request: () => ({ names: ['other.acme.test'] }) },
    { what: 'with a name more', code: 'CERTIFICATE_NAME_UNASKED', request: (name) => ({ names: [name, 'other.acme.test'] }) },
    { what: 'for another key', code: 'KEY_MISMATCH', request: () => ({ publicKey: undefined }) },
    { what: 'that has expired', code: 'CERTIFICATE_EXPIRED', request: () => ({ notBefore: ago(48), notAfter: ago(24) }) },
    { what: 'by another root', code: 'CHAIN_UNTRUSTED', request: () => ({}), issuer: 'acme-patient' },
  ])('$what: fails, and nothing of it is bound or kept', async ({ code, request, issuer = 'acme-liar' }) => {
    const name = newName();
    const siteId = await newSite(name);
    const { certificate } = await is(await placeAt('local-ca', siteId), 'ISSUED');
    const keys = await keysKept();
    let publicKey: Uint8Array | undefined;
    front.tampering = async ({ path, payload }, ask) => {
      if (path.startsWith('/finalize-order/')) {
        const csr = new Pkcs10CertificateRequest(new Uint8Array(Buffer.from(`${payload!['csr']}`, 'base64url')));
        publicKey = new Uint8Array(csr.publicKey.rawData);
      }
      const answer = await ask();
      if (!path.startsWith('/certZ/')) return answer;
      return { ...answer, body: (await liar.issue({ names: [name], publicKey, ...request(name) })).chainPem };
    };
    const id = await placeAt(issuer, siteId);
    const order = await passUntil(id, 'FAILED');
    expect(order).toMatchObject({
      ...{ waitingFor: 'NOBODY', certificate: null },
      problem: { code: 'ISSUED_UNUSABLE', remedy: expect.stringContaining('neither kept nor revoked'), sub: [{ code }] },
    });
    expect(order.problem.message).toBe(`Pebble issued a certificate that cannot be used: ${order.problem.sub[0].message}`);
    expect(await keysKept()).toBe(keys);
    await filesLeft();
    const { site } = await app.asAdmin(`query ($id: ID!) { site(id: $id) { bindings { certificate { fingerprint } } } }`, { id: siteId });
    expect(site.bindings.map((binding: { certificate: object }) => binding.certificate)).toEqual([certificate]);
  });
});

describe('an order whose file is not where the CA will look', { timeout: 60_000 }, () => {
  it('waits with telling the CA, says why, and goes on when it is there: the CA looked once', async () => {
    const name = newName();
    pebble.dns.zone.set(name, []);
    const id = await placeAt('acme-patient', await newSite(name));
    expect(await waits(id)).toMatchObject({
      ...{ state: 'VALIDATING', waitingFor: 'CUSTOMER' },
      problem: { code: 'CHALLENGE_FILE_NOT_SEEN', whoActs: 'CALLER', message: expect.stringMatching(/has no A or AAAA record/) },
    });
    const told = () => front.requests.filter(({ path }) => path.startsWith('/chalZ/')).length;
    expect(told()).toBe(0);
    pebble.dns.zone.set(name, ['127.0.0.1']);
    const { timeline } = await passUntil(id, 'ISSUED');
    expect(told()).toBe(1);
    const looks = (timeline as { step: string; phase: string; because: string }[]).filter(({ step }) => step === 'check');
    expect(looks.map(({ phase }) => phase)).toEqual(['INTENT', 'FAILED', 'INTENT', 'DONE']);
    expect(looks.at(-1)?.because).toBe('seen at every name');
  });

  it('and never will be: the CA is told all the same, and what it said stands beside what we saw', async () => {
    const name = newName();
    pebble.dns.zone.set(name, []);
    const id = await placeAt('acme-patient', await newSite(name));
    await waits(id);
    const { problem, timeline } = await passUntil(id, 'REJECTED');
    const codes = problem.sub.map(({ code, subject }: { code: string; subject: string }) => [code, subject]);
    expect(codes).toEqual([
      ['VALIDATION_FAILED', name],
      ['CHALLENGE_FILE_NOT_SEEN', name],
    ]);
    const looks = (timeline as { step: string; phase: string; because: string }[]).filter(({ step }) => step === 'check');
    expect(looks.at(-1)?.because).toMatch(/; the CA is told all the same$/);
    await filesLeft();
  });
});

describe('an order that stays pending for ever', { timeout: 60_000 }, () => {
  it('fails at its deadline with what it waited for, and leaves neither file nor key', async () => {
    // Heard, and never looked at.
    front.tampering = on('/chalZ/', async ({ path }) => ({
      ...{ status: 200, headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ type: 'http-01', status: 'processing', token: 'token', url: front.directoryUrl.replace('/dir', path) }),
    }));
    const keys = await keysKept();
    const id = await placeAt('acme-patient', await newSite(newName()));
    await waitFor('the CA to be told', async () => front.requests.some(({ path }) => path.startsWith('/chalZ/')));
    for (let hour = 0; hour < 3; hour++) await pass(minutes(60));
    await neighbourIsIssued();
    const told = front.requests.filter(({ path }) => path.startsWith('/chalZ/')).length;
    expect(told).toBeLessThan(20);
    await pass(days(1));
    expect(await is(id, 'FAILED')).toMatchObject({
      ...{ waitingFor: 'NOBODY', certificate: null },
      problem: { code: 'DEADLINE_PASSED', message: expect.stringMatching(/had not found control of the names shown/) },
    });
    await filesLeft();
    expect(await keysKept()).toBe(keys);
  });
});
