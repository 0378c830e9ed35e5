import { webcrypto } from 'node:crypto';
import http from 'node:http';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HttpFileChallenge } from '../../../src/adapters/issuers/issuer.js';
import type { LocalCa, LocalCaOptions } from '../../../src/adapters/issuers/local-ca/local-ca.js';
import { makeHttpClient } from '../../../src/adapters/network/http/https.js';
import { readCertificate, type Certificate } from '../../../src/cores/pki/certificate.js';
import { makeCsr } from '../../../src/cores/pki/csr.js';
import { lint } from '../../../src/cores/pki/lints/lint-certificate.js';
import { validatePath } from '../../../src/cores/pki/path/validate-path.js';
import type { CertificateName } from '../../../src/values/hostname.js';
import { days, hours, minutes, plus, type Instant } from '../../../src/values/instant.js';
import { problem } from '../../../src/values/problems/problem.js';
import { err, ok, unwrap } from '../../../src/values/result.js';
import { Listeners } from '../../support/listen.js';
import { ip, loopbackDialer } from '../../support/network.js';
import { waitFor } from '../../support/suite/wait-for.js';
import { announce, codeOf, csrFor, issuerContract, makeReady } from '../issuer.contract.js';
import { host, issue, PANEL, rootOf, START, startLocalCa, type LocalFixture } from './local-ca.fixture.js';

issuerContract('local-ca', startLocalCa, { looksAgain: true });

describe('LocalCa', () => {
  let fixture: LocalFixture;
  let ca: LocalCa;
  beforeEach(async () => {
    fixture = await startLocalCa();
    ca = fixture.issuer;
  });
  const openPending = async (...names: CertificateName[]) => unwrap(await ca.place({ reference: 'ord_1', names, level: 'DV' }));

  describe('what it signs', () => {
    it('the panel’s own name needs no challenge', async () => {
      const view = await openPending(PANEL);
      expect(view).toMatchObject({ status: 'ready', challenges: [] });
    });

    it('the leaf passes every lint, for ECDSA and RSA keys, and lives 90 days', async () => {
      const [leaf] = (await issue(fixture, ca, 'ord_1', PANEL)) as [Certificate];
      const { locator } = await makeReady(fixture, 'ord_2', [PANEL]);
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' };
      const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      unwrap(await ca.finalize(locator, await makeCsr(keys, [PANEL])));
      const rsa = unwrap(readCertificate(unwrap(await ca.download(locator))[0] as Uint8Array));
      expect([lint(leaf, fixture.now()), lint(rsa, fixture.now())]).toEqual([[], []]);
      expect([leaf.keyUsage, rsa.keyUsage]).toEqual([['digitalSignature'], ['digitalSignature', 'keyEncipherment']]);
      expect(leaf.notAfter - leaf.notBefore + 1000).toBe(days(90));
      expect(leaf.subject).toBe('');
      expect(leaf.subjectKeyIdentifier).toBeUndefined();
    });

    it('keeps to the shorter lives of the years to come', async () => {
      fixture.waitUntil(Date.parse('2029-06-01T00:00:00Z') as Instant);
      const [leaf] = (await issue(fixture, ca, 'ord_1', PANEL)) as [Certificate];
      expect(leaf.notAfter - leaf.notBefore + 1000).toBe(days(47));
    });

    it('what a lint refuses is not signed, and the order stays as it is', async () => {
      const careless = fixture.with({ random: { bytes: (length) => new Uint8Array(length === 18 ? 2 : length) } });
      const { locator } = await makeReady(fixture, 'ord_1', [PANEL]);
      expect(await careless.finalize(locator, await csrFor(PANEL))).toMatchObject({
        ok: false,
        problem: { code: 'LINT_FAILED', facts: { lint: 'serial-unpredictable' } },
      });
      expect(unwrap(await ca.progress(locator)).status).toBe('ready');
      expect(await fixture.certificatesAtCa()).toEqual([]);
    });

    it('the revocation list is pointed to only where there is an address for it', async () => {
      const [without] = (await issue(fixture, ca, 'ord_1', PANEL)) as [Certificate];
      const [pointing] = (await issue(fixture, fixture.with({ crlUrl: 'http://panel.corp.test/ca.crl' }), 'ord_2', PANEL)) as [Certificate];
      expect([without.crlUrls, pointing.crlUrls]).toEqual([[], ['http://panel.corp.test/ca.crl']]);
    });

    it('the intermediate is held to the permitted names: a leaf outside of them breaks the chain', async () => {
      const [leaf, intermediate] = (await issue(fixture, ca, 'ord_1', PANEL)) as [Certificate, Certificate];
      const outside = {
        ...leaf,
        subjectAltNames: [{ type: 'dns' as const, value: 'shop.example.com' }],
        names: [host('shop.example.com')],
      };
      const request = { intermediates: [intermediate], roots: [await rootOf(ca)], purpose: 'serverAuth' as const, now: fixture.now() };
      expect(codeOf(validatePath({ ...request, leaf }))).toBe('OK');
      expect(codeOf(validatePath({ ...request, leaf: outside }))).toBe('CHAIN_CONSTRAINT_VIOLATED');
    });

    it('wildcards are refused, with the reason', async () => {
      const refused = await ca.place({ reference: 'ord_1', names: ['*.corp.test' as CertificateName], level: 'DV' });
      expect(refused).toMatchObject({ ok: false, problem: { code: 'ISSUER_REFUSED', sub: [{ subject: '*.corp.test' }] } });
    });

    it('OV is refused, and so is everything where no names are permitted', async () => {
      expect(codeOf(await ca.place({ reference: 'ord_1', names: [PANEL], level: 'OV' }))).toBe('ISSUER_REFUSED');
      const nothing = fixture.with({ permittedNames: [] });
      expect(codeOf(await nothing.place({ reference: 'ord_1', names: [PANEL], level: 'DV' }))).toBe('NAME_OUTSIDE_CA_CONSTRAINTS');
    });

    it('a name that only looks like a permitted one is outside', async () => {
      for (const name of ['xcorp.test', 'corp.test.example', 'test']) {
        expect(codeOf(await ca.place({ reference: 'ord_1', names: [host(name)], level: 'DV' }))).toBe('NAME_OUTSIDE_CA_CONSTRAINTS');
      }
    });

    it('names that went out of the configuration after the order was placed are not signed', async () => {
      const { locator } = await makeReady(fixture, 'ord_1', [PANEL]);
      const narrowed = fixture.with({ permittedNames: [host('intern.example')] });
      expect(codeOf(await narrowed.finalize(locator, await csrFor(PANEL)))).toBe('NAME_OUTSIDE_CA_CONSTRAINTS');
    });

    it('a reference that could be another key of the register is refused', async () => {
      for (const reference of ['', '../root', 'a/b', 'x'.repeat(129), 'a b']) {
        expect(codeOf(await ca.place({ reference, names: [PANEL], level: 'DV' }))).toBe('ISSUER_REFUSED');
        expect(unwrap(await ca.findByReference(reference))).toBeUndefined();
      }
    });
  });

  describe('validation', () => {
    it('the body of the file cannot be guessed from its address', async () => {
      const [challenge] = (await openPending(fixture.newName())).challenges as [HttpFileChallenge];
      const secret = challenge.body.slice(challenge.body.indexOf('.') + 1);
      expect(challenge.path).not.toContain(secret);
      expect(secret.length).toBeGreaterThanOrEqual(43);
    });

    it('a line feed at the end of the file does no harm', async () => {
      const placed = await openPending(fixture.newName());
      const [challenge] = placed.challenges as [HttpFileChallenge];
      fixture.serve(challenge, `${challenge.body}\r\n`);
      expect((await announce(ca, placed, challenge)).status).toBe('ready');
    });

    it('a try that failed beside one that succeeded takes nothing back', async () => {
      const placed = await openPending(fixture.newName());
      const [challenge] = placed.challenges as [HttpFileChallenge];
      let letFail = (): void => {};
      const failing = new Promise<void>((resolve) => (letFail = resolve));
      const slow = fixture.with({ http: { get: async () => (await failing, err(problem('CONNECTION_TIMED_OUT', {}))) } });
      unwrap(await ca.respond(placed.locator, challenge.id));
      const beside = slow.progress(placed.locator);
      fixture.serve(challenge);
      unwrap(await ca.progress(placed.locator));
      letFail();
      expect(unwrap(await beside)).toMatchObject({ status: 'ready', problem: undefined });
    });

    it('through our own HTTP client, a file on a real server proves the name, and a closed port does not', async () => {
      const listeners = new Listeners();
      const files = new Map<string, string>();
      const port = await listeners.listen(
        http.createServer(({ url }, response) => response.writeHead(files.has(url ?? '') ? 200 : 404).end(files.get(url ?? ''))),
      );
      const client = makeHttpClient({ dialer: loopbackDialer({ addresses: async () => ok([ip('127.0.0.1')]) }), extraRoots: [] });
      const real = fixture.with({ http: client, validationPort: port });
      const deaf = fixture.with({ http: client, validationPort: await listeners.closedPort() });
      const placed = await openPending(fixture.newName());
      const [challenge] = placed.challenges as [HttpFileChallenge];
      for (const [issuer, cause] of [
        [deaf, 'CONNECTION_REFUSED'],
        [real, 'HTTP_STATUS_UNEXPECTED'],
      ] as const) {
        const view = await announce(issuer, placed, challenge);
        expect(view.problem?.sub[0]?.sub.map(({ code }) => code)).toEqual([cause]);
        fixture.waitUntil(view.askAgainAt);
      }
      files.set(challenge.path, 'a page of somebody else');
      const foreign = await announce(real, placed, challenge);
      expect(foreign.problem?.sub[0]?.sub.map(({ code }) => code)).toEqual(['HTTP_BODY_UNEXPECTED']);
      fixture.waitUntil(foreign.askAgainAt);
      files.set(challenge.path, challenge.body);
      expect((await announce(real, placed, challenge)).status).toBe('ready');
      await listeners.stop();
    });

    it('a redirect to a port that another user could have opened proves nothing', async () => {
      const listeners = new Listeners();
      const other = await listeners.listen(http.createServer((_, response) => response.end(challenge.body)));
      const location = `http://127.0.0.1:${other}/`;
      const validationPort = await listeners.listen(http.createServer((_, response) => response.writeHead(302, { location }).end()));
      const client = makeHttpClient({ dialer: loopbackDialer({ addresses: async () => ok([ip('127.0.0.1')]) }), extraRoots: [] });
      const placed = await openPending(fixture.newName());
      const [challenge] = placed.challenges as [HttpFileChallenge];
      expect(await announce(fixture.with({ http: client, validationPort }), placed, challenge)).toMatchObject({
        status: 'pending',
        problem: { code: 'VALIDATION_FAILED', sub: [{ sub: [{ code: 'URL_NOT_ALLOWED' }] }] },
      });
      await listeners.stop();
    });

    it('the right body with another status than 200 proves nothing', async () => {
      const web: LocalCaOptions['http'] = { get: async (url) => ok({ status: 404, body: Buffer.from(challenge.body), url }) };
      const placed = await openPending(fixture.newName());
      const [challenge] = placed.challenges as [HttpFileChallenge];
      expect(await announce(fixture.with({ http: web }), placed, challenge)).toMatchObject({
        status: 'pending',
        problem: { code: 'VALIDATION_FAILED' },
      });
    });

    it('answering again before the pause is over asks the server only once', async () => {
      let asked = 0;
      const counting = fixture.with({ http: { get: async () => (asked++, err(problem('CONNECTION_REFUSED', { address: 'x' }))) } });
      const placed = await openPending(fixture.newName());
      for (let i = 0; i < 5; i++) await announce(counting, placed, ...placed.challenges);
      expect(asked).toBe(1);
    });

    it('twenty names are looked at at the same time, and no more: as long as the slowest takes, not all of them together', async () => {
      const answers: (() => void)[] = [];
      const slow = fixture.with({
        http: { get: () => new Promise((answer) => answers.push(() => answer(err(problem('CONNECTION_REFUSED', { address: 'x' }))))) },
      });
      const placed = await openPending(...Array.from({ length: 45 }, () => fixture.newName()));
      for (const { id } of placed.challenges) unwrap(await slow.respond(placed.locator, id));
      const looked: number[] = [];
      for (let round = 0; round < 3; round++) {
        const view = slow.progress(placed.locator);
        await waitFor('all of a round to be under way', () => Promise.resolve(answers.length === Math.min(20, 45 - 20 * round)));
        looked.push(answers.length);
        answers.splice(0).forEach((answer) => answer());
        expect(unwrap(await view).askAgainAt <= fixture.now()).toBe(round < 2);
      }
      expect(looked).toEqual([20, 20, 5]);
    });

    it('a name that is never shown ends invalid within the hour, with what the last try showed', async () => {
      const name = fixture.newName();
      const placed = await openPending(name);
      let view = await announce(ca, placed, ...placed.challenges);
      let tries = 1;
      for (; view.status === 'pending'; tries++) {
        fixture.waitUntil(view.askAgainAt);
        view = unwrap(await ca.progress(placed.locator));
      }
      expect(view).toMatchObject({ status: 'invalid', problem: { code: 'VALIDATION_FAILED', facts: { name }, sub: [{ subject: name }] } });
      expect(tries).toBe(15);
      expect(fixture.now()).toBeLessThanOrEqual(plus(START, hours(1)));
    });

    it('an order that nobody answers ends after an hour, one that is ready after a week', async () => {
      const { locator } = await openPending(fixture.newName());
      unwrap(await ca.place({ reference: 'ord_2', names: [PANEL], level: 'DV' }));
      fixture.waitUntil(plus(START, minutes(61)));
      expect(unwrap(await ca.progress(locator)).status).toBe('invalid');
      expect(unwrap(await ca.progress('ord_2')).status).toBe('ready');
      fixture.waitUntil(plus(START, days(8)));
      expect(unwrap(await ca.progress('ord_2')).status).toBe('invalid');
      expect(codeOf(await ca.finalize('ord_2', await csrFor(PANEL)))).toBe('WRONG_STATE');
    });
  });

  describe('root and intermediate', () => {
    it('two processes that start at once have one root and one intermediate', async () => {
      const others = [ca, fixture.anotherProcess(), fixture.anotherProcess()];
      await Promise.all(others.map((process, i) => issue(fixture, process, `ord_${i}`, PANEL)));
      const roots = await Promise.all(
        others.map(async (process) => Buffer.from(unwrap(await process.trustAnchors())[0] ?? []).toString('hex')),
      );
      expect(new Set(roots).size).toBe(1);
      expect(await fixture.state.list('intermediate/', 10)).toHaveLength(1);
    });

    it('the intermediate is renewed before a leaf could outlive it, under the same root', async () => {
      const [, first] = (await issue(fixture, ca, 'ord_1', PANEL)) as [Certificate, Certificate];
      fixture.waitUntil((first.notAfter - days(99)) as Instant);
      const [leaf, second] = (await issue(fixture, ca, 'ord_2', PANEL)) as [Certificate, Certificate];
      expect(second.fingerprint).not.toBe(first.fingerprint);
      expect(second.issuerDer).toEqual(first.issuerDer);
      expect(leaf.notAfter).toBeLessThan(second.notAfter);
    });

    it('other permitted names make another intermediate, and two configurations side by side do not make one each time', async () => {
      const wider = fixture.with({ permittedNames: [host('corp.test'), host('intern.example'), host('lab.example')] });
      await issue(fixture, ca, 'ord_1', PANEL);
      await issue(fixture, wider, 'ord_2', PANEL);
      await issue(fixture, ca, 'ord_3', PANEL);
      await issue(fixture, wider, 'ord_4', PANEL);
      expect(await fixture.state.list('intermediate/', 10)).toHaveLength(2);
      const [leaf, intermediate] = (await issue(fixture, wider, 'ord_5', host('panel.corp.test'))) as [Certificate, Certificate];
      const path = validatePath({
        leaf,
        intermediates: [intermediate],
        roots: [await rootOf(ca)],
        purpose: 'serverAuth',
        now: fixture.now(),
      });
      expect(codeOf(path)).toBe('OK');
    });

    it('an old root signs nothing more than it can keep, and says so', async () => {
      const { notAfter } = await rootOf(ca);
      fixture.waitUntil((notAfter - days(30)) as Instant);
      const { locator } = await makeReady(fixture, 'ord_1', [PANEL]);
      expect(await ca.finalize(locator, await csrFor(PANEL))).toMatchObject({ ok: false, problem: { code: 'ISSUER_REFUSED' } });
    });

    it('its state holds no private key outside of the secrets', async () => {
      await issue(fixture, ca, 'ord_1', PANEL);
      const everything = JSON.stringify(await fixture.state.list('', 1000));
      const key = (await fixture.state.secret('intermediate-key'))?.reveal() ?? new Uint8Array();
      expect(key.length).toBeGreaterThan(60);
      expect(everything).not.toContain(Buffer.from(key.slice(36, 60)).toString('base64').slice(0, 20));
    });
  });

  describe('a kill between any two writes', () => {
    for (const when of ['BEFORE', 'AFTER'] as const) {
      it(`${when.toLowerCase()} a write is kept: the order ends in exactly one certificate`, async () => {
        let reached = true;
        for (let nth = 1; reached; nth++) {
          fixture = await startLocalCa();
          const name = fixture.newName();
          const csr = await csrFor(name);
          const walk = async (process: LocalCa) => {
            const view = unwrap(await process.place({ reference: 'ord_1', names: [name], level: 'DV' }));
            for (const challenge of view.challenges) fixture.serve(challenge);
            await announce(process, view, ...view.challenges);
            unwrap(await process.finalize(view.locator, csr));
            return unwrap(await process.download(view.locator));
          };
          fixture.state.dieAtWrite(nth, when);
          const killed = await walk(fixture.issuer).then(
            () => false,
            () => true,
          );
          reached = fixture.state.died();
          expect(killed).toBe(reached);
          const chain = await walk(fixture.anotherProcess());
          expect(chain).toHaveLength(2);
          expect([await fixture.ordersAtCa(), (await fixture.certificatesAtCa()).length]).toEqual([1, 1]);
        }
      });
    }

    it('an order that was to be signed is signed by the next who asks how it stands', async () => {
      const { locator } = await makeReady(fixture, 'ord_1', [PANEL]);
      await fixture.issuer.finalize((await makeReady(fixture, 'ord_0', [PANEL])).locator, await csrFor(PANEL)); // keys and intermediate are there now
      fixture.state.dieAtWrite(1, 'AFTER');
      await expect(ca.finalize(locator, await csrFor(PANEL))).rejects.toThrow('killed');
      fixture.state.died();
      expect(unwrap(await ca.findByReference('ord_1'))?.status).toBe('processing');
      expect(unwrap(await fixture.anotherProcess().progress(locator)).status).toBe('valid');
    });
  });

  it('whatever the bytes of a request are, they are refused and nothing is thrown', async () => {
    const { locator } = await makeReady(fixture, 'ord_1', [PANEL]);
    const good = await csrFor(PANEL);
    const flipped = fc
      .tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, by]) => good.map((byte, i) => (i === at ? byte ^ by : byte)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 600 }), flipped), async (bytes) => {
        expect(codeOf(await ca.finalize(locator, bytes))).toBe('CSR_INVALID');
      }),
      { numRuns: 300 },
    );
  });
});
