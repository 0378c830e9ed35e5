/**
 * What every issuer owes (src/adapters/issuers/issuer.ts). The fixture brings the real CA or a simulator, a place to serve challenge
 * files, and an eye on the CA's own books, so that orders are counted there and never by us.
 */
import { generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HttpFileChallenge, Issuer, IssuerView } from '../../src/adapters/issuers/issuer.js';
import { readCertificate } from '../../src/cores/pki/certificate.js';
import { makeCsr } from '../../src/cores/pki/csr.js';
import { validatePath } from '../../src/cores/pki/path/validate-path.js';
import type { CertificateName, Hostname } from '../../src/values/hostname.js';
import type { Instant } from '../../src/values/instant.js';
import { CATALOGUE } from '../../src/values/problems/catalogue.js';
import { unwrap, type Result } from '../../src/values/result.js';

export type IssuerFixture = {
  readonly issuer: Issuer;
  /** The same CA and books, as another process sees them. */
  anotherProcess(): Issuer;
  /** A fresh name that the CA may sign, with a challenge. */
  newName(): Hostname;
  /** A name that it may not. */
  readonly forbiddenName: Hostname;
  now(): Instant;
  /** Moves time to `at`; where the CA's own time cannot be moved, lets some of it pass. */
  waitUntil(at: Instant): void;
  serve(challenge: HttpFileChallenge, body?: string): void;
  ordersAtCa(): Promise<number>;
  /** Serials, lower-case hex, of all that was given out. */
  certificatesAtCa(): Promise<readonly string[]>;
};

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
export const csrFor = async (...names: CertificateName[]): Promise<Uint8Array> => makeCsr(await newKeys(), names);
export const codeOf = (result: Result<unknown>): string => (result.ok ? 'OK' : result.problem.code);

export type IssuerTraits = {
  /** Does it look for a file again that was not there? In ACME its first look decides (RFC 8555 7.1.6). */
  readonly looksAgain: boolean;
};

/** Says that the file is there, and has the CA look. */
export async function announce(issuer: Issuer, { locator }: IssuerView, ...challenges: readonly HttpFileChallenge[]): Promise<IssuerView> {
  for (const { id } of challenges) unwrap(await issuer.respond(locator, id));
  return unwrap(await issuer.progress(locator));
}

type Asked = Pick<IssuerFixture, 'issuer' | 'waitUntil'>;

/** The same, and waits until it has looked. */
async function look(asked: Asked, placed: IssuerView, ...challenges: readonly HttpFileChallenge[]): Promise<IssuerView> {
  const isLooking = (view: IssuerView) => view.status === 'pending' && view.challenges.every(({ status }) => status !== 'pending');
  return untilNot(isLooking, asked, await announce(asked.issuer, placed, ...challenges));
}

/** Sends the request, and waits until it is signed. Where another call has sent it, this one may be told to come again. */
export async function finalize(asked: Asked, locator: string, csr: Uint8Array): Promise<IssuerView> {
  const told = await asked.issuer.finalize(locator, csr);
  if (told.ok) return untilNot(({ status }) => status === 'processing', asked, told.value);
  expect(comesAgain(told)).toBe(true);
  const isUnderWay = ({ status }: IssuerView) => status === 'ready' || status === 'processing';
  return untilNot(isUnderWay, asked, unwrap(await asked.issuer.progress(locator)));
}

const comesAgain = (told: Result<unknown>): boolean =>
  !told.ok && told.problem.retryAfter !== undefined && CATALOGUE[told.problem.code].retryable;

/** Asks again, when it makes sense, while what is told is so. */
async function untilNot(so: (view: IssuerView) => boolean, { issuer, waitUntil }: Asked, first: IssuerView): Promise<IssuerView> {
  let view = first;
  for (let rounds = 0; so(view) && rounds < 2_000; rounds++) {
    waitUntil(view.askAgainAt);
    view = unwrap(await issuer.progress(view.locator));
  }
  return view;
}

/** Walks an order to the state in which a request is awaited. */
export async function makeReady(fixture: IssuerFixture, reference: string, names: readonly CertificateName[]): Promise<IssuerView> {
  let view = unwrap(await fixture.issuer.place({ reference, names, level: 'DV' }));
  for (const challenge of view.challenges) {
    fixture.serve(challenge);
    view = unwrap(await fixture.issuer.respond(view.locator, challenge.id));
  }
  view = await untilNot(({ status }) => status === 'pending', fixture, view);
  expect(view.status).toBe('ready');
  return view;
}

/** Not skipped where it does not apply, but not there. */
const itWhere = (applies: boolean) => (applies ? it : () => undefined) as typeof it;

export function issuerContract(member: string, start: () => Promise<IssuerFixture>, { looksAgain }: IssuerTraits): void {
  describe(`Issuer contract: ${member}`, () => {
    let fixture: IssuerFixture;
    let issuer: Issuer;
    let name: Hostname;
    beforeEach(async () => {
      fixture = await start();
      issuer = fixture.issuer;
      name = fixture.newName();
    });
    const place = (reference: string, names: readonly CertificateName[] = [name]) => issuer.place({ reference, names, level: 'DV' });

    describe('placing', () => {
      it('placing twice with one reference is one order', async () => {
        const first = unwrap(await place('ord_1'));
        const second = unwrap(await place('ord_1'));
        expect(second.locator).toBe(first.locator);
        expect(second.challenges).toEqual(first.challenges);
        expect(await fixture.ordersAtCa()).toBe(1);
      });

      it('placing again with one reference and other names answers with the order that is there', async () => {
        const first = unwrap(await place('ord_1'));
        expect(unwrap(await place('ord_1', [fixture.forbiddenName])).challenges).toEqual(first.challenges);
      });

      it('placing at once from two processes is one order, and both see the same challenges; who comes second may be told to come again', async () => {
        const other = fixture.anotherProcess();
        const placeAll = () =>
          Promise.all([issuer, other, issuer, other].map((ca) => ca.place({ reference: 'ord_1', names: [name], level: 'DV' })));
        const atOnce = await placeAll();
        expect(atOnce.some(({ ok }) => ok)).toBe(true);
        for (const told of atOnce) expect(told.ok || comesAgain(told)).toBe(true);
        const challenges = (await placeAll()).map((view) => JSON.stringify(unwrap(view).challenges));
        expect(new Set(challenges).size).toBe(1);
        expect(await fixture.ordersAtCa()).toBe(1);
      });

      it('two references are two orders, also for the same names', async () => {
        await place('ord_1');
        await place('ord_2');
        expect(await fixture.ordersAtCa()).toBe(2);
      });

      it('an order whose answer was lost is found by its reference', async () => {
        const lost = unwrap(await place('ord_1'));
        expect(unwrap(await fixture.anotherProcess().findByReference('ord_1'))).toEqual(lost);
      });

      it('a reference that was never placed is said to be absent, for certain', async () => {
        await place('ord_1');
        expect(await issuer.findByReference('ord_2')).toEqual({ ok: true, value: undefined });
      });

      it('a name that the CA may not sign is refused, each one named, and no order is placed', async () => {
        const refused = await place('ord_1', [name, fixture.forbiddenName]);
        expect(refused.ok || refused.problem.sub.map(({ subject }) => subject)).toEqual([fixture.forbiddenName]);
        expect(await fixture.ordersAtCa()).toBe(0);
      });

      it('no names, and one more than the CA takes, are refused', async () => {
        expect(codeOf(await place('ord_1', []))).toBe('TOO_FEW');
        const many = Array.from({ length: 101 }, (_, i) => `n${i}.${name}` as Hostname);
        expect(codeOf(await place('ord_1', many))).toBe('TOO_MANY');
        expect(await fixture.ordersAtCa()).toBe(0);
      });

      it('an order that nobody placed is not found', async () => {
        expect(codeOf(await issuer.progress('ord_unknown'))).toBe('NOT_FOUND');
        expect(codeOf(await issuer.download('ord_unknown'))).toBe('NOT_FOUND');
        expect(codeOf(await issuer.finalize('ord_unknown', await csrFor(name)))).toBe('NOT_FOUND');
        expect(codeOf(await issuer.respond('ord_unknown', 'challenge'))).toBe('NOT_FOUND');
      });
    });

    describe('validation', () => {
      it('a file that is in place makes the order ready', async () => {
        const view = await makeReady(fixture, 'ord_1', [name]);
        expect(view.challenges.map(({ status }) => status)).toEqual(['valid']);
      });

      itWhere(looksAgain)('an announcement is only that: what the CA sees when it looks comes later', async () => {
        const { locator, challenges } = unwrap(await place('ord_1', [name, fixture.newName()]));
        for (const { id } of challenges)
          expect(unwrap(await issuer.respond(locator, id))).toMatchObject({ status: 'pending', problem: undefined });
        const announced = unwrap(await issuer.respond(locator, challenges[0]!.id));
        expect(announced.challenges.map(({ status }) => status)).toEqual(['processing', 'processing']);
      });

      itWhere(looksAgain)('nothing served leaves the order pending, with the reason and a time for the next try', async () => {
        const placed = unwrap(await place('ord_1'));
        const view = await look(fixture, placed, ...placed.challenges);
        expect(view.status).toBe('pending');
        expect(view.problem?.sub.map(({ code, subject }) => [code, subject])).toEqual([['VALIDATION_FAILED', name]]);
        expect(view.askAgainAt).toBeGreaterThan(fixture.now());
      });

      itWhere(!looksAgain)('nothing served ends the order, with the reason for each name', async () => {
        const placed = unwrap(await place('ord_1'));
        const view = await look(fixture, placed, ...placed.challenges);
        expect(view.status).toBe('invalid');
        expect(view.problem?.sub.map(({ code, subject }) => [code, subject])).toEqual([['VALIDATION_FAILED', name]]);
      });

      const wrongBodies: Readonly<Record<string, (body: string) => string>> = {
        'something else': () => 'something else',
        'the token alone': (body) => body.split('.')[0] ?? '',
        'a body that goes on': (body) => `${body}x`,
        'a body cut short': (body) => body.slice(0, -1),
        'a body after a space': (body) => ` ${body}`,
        nothing: () => '',
      };
      it.each(Object.entries(wrongBodies))('a file with %s is not enough', async (_, wrong) => {
        const placed = unwrap(await place('ord_1'));
        const [challenge] = placed.challenges as [HttpFileChallenge];
        fixture.serve(challenge, wrong(challenge.body));
        const view = await look(fixture, placed, challenge);
        expect(view).toMatchObject({ status: looksAgain ? 'pending' : 'invalid', problem: { code: 'VALIDATION_FAILED' } });
      });

      itWhere(looksAgain)('a file that comes late is found by asking again', async () => {
        const placed = unwrap(await place('ord_1'));
        const [challenge] = placed.challenges as [HttpFileChallenge];
        const early = await look(fixture, placed, challenge);
        fixture.serve(challenge);
        fixture.waitUntil(early.askAgainAt);
        expect(unwrap(await issuer.progress(placed.locator)).status).toBe('ready');
      });

      it('one name of two that is not shown keeps the order from being ready', async () => {
        const view = unwrap(await place('ord_1', [name, fixture.newName()]));
        const [first, second] = view.challenges as [HttpFileChallenge, HttpFileChallenge];
        fixture.serve(first);
        const both = await look(fixture, view, first, second);
        expect(both.status).toBe(looksAgain ? 'pending' : 'invalid');
        expect(both.challenges[1]?.status).toBe(both.status);
        expect(both.problem?.sub.map(({ subject }) => subject)).toEqual([second.name]);
      });
    });

    describe('finalizing', () => {
      it('before the names are shown, nothing is signed', async () => {
        const { locator } = unwrap(await place('ord_1'));
        expect(codeOf(await issuer.finalize(locator, await csrFor(name)))).toBe('WRONG_STATE');
        expect(codeOf(await issuer.download(locator))).toBe('WRONG_STATE');
        expect(await fixture.certificatesAtCa()).toEqual([]);
      });

      it('gives a chain that proves the names at its own trust anchors, by our validator and by OpenSSL', async () => {
        const other = fixture.newName();
        const { locator } = await makeReady(fixture, 'ord_1', [name, other]);
        expect((await finalize(fixture, locator, await csrFor(name, other))).status).toBe('valid');
        const chain = unwrap(await issuer.download(locator));
        const [leaf, ...intermediates] = chain.map((der) => unwrap(readCertificate(der)));
        const roots = unwrap(await issuer.trustAnchors()).map((der) => unwrap(readCertificate(der)));
        expect(leaf?.names.toSorted()).toEqual([name, other].toSorted());
        for (const hostname of [name, other]) {
          const path = validatePath({
            leaf: leaf as NonNullable<typeof leaf>,
            intermediates,
            roots,
            hostname,
            purpose: 'serverAuth',
            now: fixture.now(),
          });
          expect(codeOf(path)).toBe('OK');
        }
        const links = [...chain, ...roots.map(({ der }) => der)].map((der) => new X509Certificate(der));
        links.slice(1).forEach((authority, i) => expect(links[i]?.verify(authority.publicKey)).toBe(true));
        expect(links[0]?.checkHost(name)).toBe(name);
      });

      it('a request for other names, with a broken signature or with a weak key is refused, and the order stays ready', async () => {
        const { locator } = await makeReady(fixture, 'ord_1', [name]);
        const broken = await csrFor(name);
        broken.set([(broken.at(-1) ?? 0) ^ 1], broken.length - 1);
        const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
        const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
        const weakKeys = {
          privateKey: weak.privateKey.toCryptoKey(rsa, true, ['sign']),
          publicKey: weak.publicKey.toCryptoKey(rsa, true, ['verify']),
        };
        const requests = [
          await csrFor(fixture.newName()),
          await csrFor(name, fixture.newName()),
          await csrFor(),
          broken,
          await makeCsr(weakKeys, [name]),
        ];
        for (const csr of requests) expect(codeOf(await issuer.finalize(locator, csr))).toBe('CSR_INVALID');
        expect(unwrap(await issuer.progress(locator)).status).toBe('ready');
        expect(await fixture.certificatesAtCa()).toEqual([]);
      });

      it('bytes that are no request, and more of them than any has, are refused', async () => {
        const { locator } = await makeReady(fixture, 'ord_1', [name]);
        const csr = await csrFor(name);
        const hostile = [
          new Uint8Array(),
          new Uint8Array(1_000_000),
          csr.slice(0, -1),
          Uint8Array.from([...csr, 0]),
          new TextEncoder().encode('-----BEGIN'),
        ];
        for (const bytes of hostile) expect(codeOf(await issuer.finalize(locator, bytes))).toBe('CSR_INVALID');
      });

      it('twice with the same request is one certificate', async () => {
        const { locator } = await makeReady(fixture, 'ord_1', [name]);
        const csr = await csrFor(name);
        await finalize(fixture, locator, csr);
        const first = unwrap(await issuer.download(locator));
        unwrap(await fixture.anotherProcess().finalize(locator, csr));
        expect(unwrap(await issuer.download(locator))).toEqual(first);
        expect(await fixture.certificatesAtCa()).toHaveLength(1);
      });

      it('at once from several processes is one certificate, and all see the same', async () => {
        const { locator } = await makeReady(fixture, 'ord_1', [name]);
        const csr = await csrFor(name);
        const processes = [issuer, fixture.anotherProcess(), fixture.anotherProcess(), issuer];
        const chains = await Promise.all(
          processes.map(async (ca) => {
            await finalize({ ...fixture, issuer: ca }, locator, csr);
            return unwrap(await ca.download(locator)).map((der) => Buffer.from(der).toString('hex'));
          }),
        );
        expect(new Set(chains.map(String)).size).toBe(1);
        expect(await fixture.certificatesAtCa()).toHaveLength(1);
      });

      it('two different requests at once: one is accepted, the other refused', async () => {
        const { locator } = await makeReady(fixture, 'ord_1', [name]);
        const results = await Promise.all([await csrFor(name), await csrFor(name)].map((csr) => issuer.finalize(locator, csr)));
        expect(results.map(codeOf).sort()).toEqual(['OK', 'WRONG_STATE']);
        await untilNot(({ status }) => status === 'processing', fixture, unwrap(await issuer.progress(locator)));
        expect(await fixture.certificatesAtCa()).toHaveLength(1);
      });
    });

    describe('revoking', () => {
      it('is fine twice, and refused for a certificate of somebody else', async () => {
        const { locator } = await makeReady(fixture, 'ord_1', [name]);
        await finalize(fixture, locator, await csrFor(name));
        const [leaf] = unwrap(await issuer.download(locator)) as [Uint8Array];
        expect(codeOf(await issuer.revoke(leaf, 'SUPERSEDED'))).toBe('OK');
        expect(codeOf(await fixture.anotherProcess().revoke(leaf, 'KEY_COMPROMISE'))).toBe('OK');
        const forged = Uint8Array.from(leaf);
        forged.set([(forged.at(-1) ?? 0) ^ 1], forged.length - 1);
        expect(codeOf(await issuer.revoke(forged, 'SUPERSEDED'))).not.toBe('OK');
        expect(codeOf(await issuer.revoke(new Uint8Array(10), 'SUPERSEDED'))).toBe('CERTIFICATE_UNREADABLE');
      });
    });
  });
}
