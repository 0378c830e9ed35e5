import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AcmeIssuer } from '../../../src/adapters/issuers/acme/acme.issuer.js';
import type { HttpFileChallenge } from '../../../src/adapters/issuers/issuer.js';
import { readCertificate } from '../../../src/cores/pki/certificate.js';
import { renewalCertificateId } from '../../../src/cores/pki/renewal-certificate-id.js';
import type { CertificateName } from '../../../src/values/hostname.js';
import { days, hours, minutes, plus, seconds, since } from '../../../src/values/instant.js';
import { ok, unwrap } from '../../../src/values/result.js';
import { startFront, type Front, type FrontAnswer, type Tampering } from '../../support/acme/acme-front.js';
import { startPebble, type Pebble } from '../../support/acme/pebble.js';
import { waitFor } from '../../support/suite/wait-for.js';
import { codeOf, csrFor, finalize, makeReady } from '../issuer.contract.js';
import { directoryOf, onPebble, type AcmeFixture } from './acme.fixture.js';

let pebble: Pebble;
let front: Front;
beforeAll(async () => {
  pebble = await startPebble({ authorizationReuse: 100 });
  front = await startFront(pebble);
});
afterAll(async () => {
  await front.stop();
  await pebble.stop();
});

const NEW_ORDER = '/order-plz';

describe('AcmeIssuer, orders', () => {
  let fixture: AcmeFixture;
  let acme: AcmeIssuer;
  beforeEach(() => {
    fixture = onPebble(pebble, { url: front.directoryUrl, httpsRoots: [front.httpsRoot] });
    acme = fixture.issuer;
    front.requests.length = 0;
  });
  afterEach(() => (front.tampering = undefined));
  const place = (issuer: AcmeIssuer, reference: string, name: CertificateName, replaces?: Uint8Array) =>
    issuer.place({ reference, names: [name], level: 'DV', replaces });
  const issue = async (reference: string, name: CertificateName): Promise<Uint8Array> => {
    const { locator } = await ready(reference, name);
    await finalize(fixture, locator, await csrFor(name));
    return unwrap(await acme.download(locator))[0] as Uint8Array;
  };
  const ready = (reference: string, name: CertificateName) => makeReady(fixture, reference, [name]);
  const newOrders = () => front.requests.filter(({ path }) => path === NEW_ORDER).map(({ payload }) => payload);

  describe('an answer that is lost', () => {
    const losing =
      (path: string, times = 1): Tampering =>
      async (request, ask) => {
        const answer = await ask();
        return request.path.startsWith(path) && times-- > 0 ? 'CUT' : answer;
      };

    it('the order is found in the CA’s own list, page by page, and none is placed twice', async () => {
      const name = fixture.newName();
      for (const other of ['ord_1', 'ord_2', 'ord_3', 'ord_4']) unwrap(await place(acme, other, fixture.newName()));
      front.tampering = losing(NEW_ORDER);
      expect(codeOf(await place(acme, 'ord_5', name))).toBe('ISSUER_UNREACHABLE');
      const found = unwrap(await fixture.anotherProcess().findByReference('ord_5'));
      expect(found?.challenges.map((challenge) => challenge.name)).toEqual([name]);
      expect(unwrap(await place(acme, 'ord_5', name)).locator).toBe(found?.locator);
      expect(await fixture.ordersAtCa()).toBe(5);
    });

    it('an order of another reference for the same names is not taken for it', async () => {
      const name = fixture.newName();
      const first = unwrap(await place(acme, 'ord_1', name));
      front.tampering = losing(NEW_ORDER);
      expect(codeOf(await place(acme, 'ord_2', name))).toBe('ISSUER_UNREACHABLE');
      expect(unwrap(await acme.findByReference('ord_2'))?.locator).not.toBe(first.locator);
      expect(await fixture.ordersAtCa()).toBe(2);
    });

    it('where the CA keeps no list, it is placed again, and the reference has one', async () => {
      const name = fixture.newName();
      const withoutList: Tampering = async (request, ask) => {
        const answer = await ask();
        const account = request.path === '/sign-me-up' && (JSON.parse(answer.body) as Record<string, unknown>);
        return account ? { ...answer, body: JSON.stringify({ ...account, orders: undefined }) } : answer;
      };
      front.tampering = withoutList;
      unwrap(await place(acme, 'ord_0', fixture.newName()));
      front.tampering = losing(NEW_ORDER);
      expect(codeOf(await place(acme, 'ord_1', name))).toBe('ISSUER_UNREACHABLE');
      expect(unwrap(await acme.findByReference('ord_1'))).toBeUndefined();
      const placed = unwrap(await place(acme, 'ord_1', name));
      expect(unwrap(await place(acme, 'ord_1', name)).locator).toBe(placed.locator);
      expect(await fixture.ordersAtCa()).toBe(3);
    });

    it('a CA that gives out the pending order again, as Let’s Encrypt does, has one for both', async () => {
      const name = fixture.newName();
      let given: FrontAnswer | undefined;
      front.tampering = async (request, ask) => {
        if (request.path !== NEW_ORDER) return ask();
        given ??= await ask();
        return given;
      };
      const first = unwrap(await place(acme, 'ord_1', name));
      const second = unwrap(await place(acme, 'ord_2', name));
      expect([second.locator, second.challenges]).toEqual([first.locator, first.challenges]);
      expect(await fixture.ordersAtCa()).toBe(1);
    });

    it('because the process died: who comes after it is told when to come again, and then places it', async () => {
      unwrap(await place(acme, 'ord_0', fixture.newName()));
      const name = fixture.newName();
      fixture.state.dieAtWrite(1, 'AFTER');
      await expect(place(acme, 'ord_1', name)).rejects.toThrow('killed');
      fixture.state.died();
      const other = fixture.anotherProcess();
      for (const told of [await other.findByReference('ord_1'), await place(other, 'ord_1', name)]) {
        expect(told).toMatchObject({ ok: false, problem: { code: 'ISSUER_UNREACHABLE', retryAfter: plus(fixture.now(), seconds(20)) } });
      }
      fixture.skip(seconds(20));
      expect(unwrap(await other.findByReference('ord_1'))).toBeUndefined();
      expect(codeOf(await place(other, 'ord_1', name))).toBe('OK');
      expect(await fixture.ordersAtCa()).toBe(2);
    });

    it('to a finalize: the same request again is one certificate, another is refused', async () => {
      const name = fixture.newName();
      const { locator } = await ready('ord_1', name);
      const csr = await csrFor(name);
      front.tampering = losing('/finalize-order/');
      expect(codeOf(await acme.finalize(locator, csr))).toBe('ISSUER_UNREACHABLE');
      expect(codeOf(await acme.finalize(locator, await csrFor(name)))).toBe('WRONG_STATE');
      expect((await finalize({ ...fixture, issuer: fixture.anotherProcess() }, locator, csr)).status).toBe('valid');
      expect(await fixture.certificatesAtCa()).toHaveLength(1);
    });

    it('to a finalize, because the process died: who comes after it is told when to come again, and then sends it', async () => {
      const name = fixture.newName();
      const { locator } = await ready('ord_1', name);
      const csr = await csrFor(name);
      fixture.state.dieAtWrite(1, 'AFTER');
      await expect(acme.finalize(locator, csr)).rejects.toThrow('killed');
      fixture.state.died();
      const other = fixture.anotherProcess();
      expect(await other.finalize(locator, csr)).toMatchObject({
        ok: false,
        problem: { code: 'ISSUER_UNREACHABLE', retryAfter: plus(fixture.now(), seconds(20)) },
      });
      fixture.skip(seconds(20));
      expect((await finalize({ ...fixture, issuer: other }, locator, csr)).status).toBe('valid');
      expect(await fixture.certificatesAtCa()).toHaveLength(1);
    });

    it('to a response: it is told again, and the CA has looked once', async () => {
      const name = fixture.newName();
      const { locator, challenges } = unwrap(await place(acme, 'ord_1', name));
      const [challenge] = challenges as [HttpFileChallenge];
      fixture.serve(challenge);
      front.tampering = losing('/chalZ/');
      expect(codeOf(await acme.respond(locator, challenge.id))).toBe('ISSUER_UNREACHABLE');
      expect(unwrap(await acme.respond(locator, challenge.id)).challenges[0]?.status).not.toBe('invalid');
    });
  });

  describe('authorizations', () => {
    it('that the CA has from before make the next order ready at once', async () => {
      const name = fixture.newName();
      await issue('ord_1', name);
      const view = unwrap(await place(acme, 'ord_2', name));
      expect(view).toMatchObject({ status: 'ready', challenges: [{ name, status: 'valid' }] });
      expect((await finalize(fixture, view.locator, await csrFor(name))).status).toBe('valid');
      expect(await fixture.certificatesAtCa()).toHaveLength(2);
    });

    it('while the CA looks, it is asked again when it says', async () => {
      const first = new Map<string, FrontAnswer>();
      const slow: Tampering = async ({ path }, ask) => {
        const answer = await ask();
        const looks: Record<string, string> = path.startsWith('/authZ/') ? { 'retry-after': '17' } : {};
        if (!first.has(path)) first.set(path, { ...answer, headers: { ...answer.headers, ...looks } });
        return path.startsWith('/chalZ/') ? answer : (first.get(path) ?? answer);
      };
      front.tampering = slow;
      const { locator, challenges } = unwrap(await place(acme, 'ord_1', fixture.newName()));
      unwrap(await acme.progress(locator));
      const [challenge] = challenges as [HttpFileChallenge];
      fixture.serve(challenge);
      expect(unwrap(await acme.respond(locator, challenge.id))).toMatchObject({
        status: 'pending',
        challenges: [{ status: 'processing' }],
      });
      expect(since(fixture.now(), unwrap(await acme.progress(locator)).askAgainAt)).toBe(seconds(17));
    });

    it('an order that stays pending for ever is asked for ever more rarely, at least every five minutes', async () => {
      const { locator, askAgainAt } = unwrap(await place(acme, 'ord_1', fixture.newName()));
      expect(since(fixture.now(), askAgainAt)).toBe(seconds(2));
      const pauses = [];
      for (const age of [minutes(1), minutes(10), hours(12), days(6)]) {
        fixture.skip(age);
        pauses.push(since(fixture.now(), unwrap(await acme.progress(locator)).askAgainAt));
      }
      expect(pauses).toEqual([seconds(6), seconds(66), minutes(5), minutes(5)]);
    });

    it('a name for which no file is looked for is refused, with what is offered', async () => {
      const name = fixture.newName();
      front.tampering = async (request, ask) => {
        const answer = await ask();
        return request.path.startsWith('/authZ/') ? { ...answer, body: answer.body.replaceAll('"http-01"', '"dns-09"') } : answer;
      };
      const refused = await place(acme, 'ord_1', name);
      expect(refused).toMatchObject({ ok: false, problem: { code: 'ISSUER_REFUSED', sub: [{ subject: name }] } });
      expect(JSON.stringify(refused)).toContain('dns-09');
    });

    it('that failed say why, for each name, in the CA’s words', async () => {
      const name = fixture.newName();
      const { locator, challenges } = unwrap(await place(acme, 'ord_1', name));
      unwrap(await acme.respond(locator, challenges[0]?.id ?? ''));
      const view = await waitFor('the order to fail', async () => {
        const seen = unwrap(await acme.progress(locator));
        return seen.status === 'invalid' && seen;
      });
      expect(view.problem).toMatchObject({ code: 'VALIDATION_FAILED', facts: { name, type: 'unauthorized' }, sub: [{ subject: name }] });
      expect(view.problem?.facts['url']).toBe(`http://${name}${challenges[0]?.path}`);
      expect(`${view.problem?.facts['detail']}`).toContain('404');
    });
  });

  describe('what is asked for', () => {
    const directorySays = (meta: Record<string, unknown>): Tampering => {
      return async (request, ask) => {
        const answer = await ask();
        const directory = request.path === '/dir' && (JSON.parse(answer.body) as Record<string, unknown>);
        return directory ? { ...answer, body: JSON.stringify({ ...directory, meta }) } : answer;
      };
    };
    const withProfile = (profile?: string) =>
      fixture.with({ directory: directoryOf(pebble, { url: front.directoryUrl, httpsRoots: [front.httpsRoot], profile }) });

    it('a profile is named where the directory lists any: the configured if it is listed, else classic, else the first', async () => {
      front.tampering = directorySays({ profiles: { shortlived: 'a week', classic: 'as ever' } });
      unwrap(await place(withProfile(), 'ord_1', fixture.newName()));
      unwrap(await place(withProfile('shortlived'), 'ord_2', fixture.newName()));
      front.tampering = directorySays({ profiles: { shortlived: 'a week' } });
      unwrap(await place(withProfile(), 'ord_3', fixture.newName()));
      front.tampering = directorySays({});
      unwrap(await place(withProfile('shortlived'), 'ord_4', fixture.newName()));
      front.tampering = directorySays({ profiles: { tlsserver: 'no client', classic: 'as ever' } });
      unwrap(await place(withProfile('shortlived'), 'ord_5', fixture.newName()));
      expect(newOrders().map((payload) => payload?.['profile'])).toEqual(['classic', 'shortlived', 'shortlived', undefined, 'classic']);
    });

    it('wildcards, OV and references that could be another key are refused before the CA is asked', async () => {
      const name = fixture.newName();
      expect(await place(acme, 'ord_1', `*.${name}` as CertificateName)).toMatchObject({
        ok: false,
        problem: { code: 'WILDCARD_NOT_OFFERED', sub: [{ subject: `*.${name}` }] },
      });
      expect(codeOf(await acme.place({ reference: 'ord_1', names: [name], level: 'OV' }))).toBe('ISSUER_REFUSED');
      for (const reference of ['', '../root', 'a/b', 'x'.repeat(129)]) {
        expect(codeOf(await place(acme, reference, name))).toBe('ISSUER_REFUSED');
        expect(unwrap(await acme.findByReference(reference))).toBeUndefined();
      }
      expect(newOrders()).toEqual([]);
    });

    it('the certificate to be replaced is named; where another order replaced it first, the order is placed all the same', async () => {
      const name = fixture.newName();
      const old = await issue('ord_1', name);
      const id = renewalCertificateId(unwrap(readCertificate(old)));
      const renewed = unwrap(await place(acme, 'ord_2', name, old));
      await finalize(fixture, renewed.locator, await csrFor(name));
      await waitFor('Pebble to note it', async () => pebble.replaced().length === 1);
      expect(unwrap(await place(acme, 'ord_3', name, old)).status).toBe('ready');
      expect(newOrders().map((payload) => payload?.['replaces'])).toEqual([undefined, id, id, undefined]);
      expect(await fixture.ordersAtCa()).toBe(3);
    });

    it('a CA that fails over the certificate to be replaced is not asked for it again', async () => {
      const name = fixture.newName();
      const old = await issue('ord_1', name);
      // Pebble answers 500 where no name is shared.
      const other = fixture.newName();
      expect(codeOf(await place(acme, 'ord_2', other, old))).toBe('ISSUER_UNREACHABLE');
      expect(unwrap(await place(acme, 'ord_2', other, old)).status).toBe('pending');
      expect(await fixture.ordersAtCa()).toBe(2);
    });
  });

  describe('what comes back', () => {
    it('without roots of its own, a chain has to end at a public one', async () => {
      const { roots: _, ...directory } = directoryOf(pebble);
      const anchors = unwrap(await fixture.with({ directory }).trustAnchors());
      expect(anchors.length).toBeGreaterThan(50);
      const subjects = anchors.map((der) => unwrap(readCertificate(der)).subject);
      expect(subjects.filter((subject) => subject.includes('ISRG Root X1'))).toHaveLength(1);
    });

    it('advice on when to renew: the window, and when to ask again, within a minute and a day', async () => {
      const leaf = await issue('ord_1', fixture.newName());
      const { notBefore, notAfter } = unwrap(readCertificate(leaf));
      const advice = unwrap(await acme.renewalInfo(leaf));
      expect(advice?.start).toBeGreaterThan(notBefore);
      expect(advice?.end).toBeLessThan(notAfter);
      expect(since(fixture.now(), advice!.askAgainAt)).toBe(hours(6));
      unwrap(await acme.revoke(leaf, 'KEY_COMPROMISE'));
      expect(unwrap(await acme.renewalInfo(leaf))?.end).toBeLessThanOrEqual(plus(fixture.now(), seconds(1)));
    });

    it('advice that is no window, and a CA that gives none', async () => {
      const leaf = await issue('ord_1', fixture.newName());
      front.tampering = async () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"suggestedWindow":{}}' });
      expect(codeOf(await acme.renewalInfo(leaf))).toBe('ISSUER_ANSWER_MALFORMED');
      front.tampering = async (request, ask) => {
        const answer = await ask();
        return request.path === '/dir' ? { ...answer, body: answer.body.replace('"renewalInfo"', '"renewal"') } : answer;
      };
      expect(unwrap(await fixture.anotherProcess().renewalInfo(leaf))).toBeUndefined();
      expect(codeOf(await acme.renewalInfo(new Uint8Array(3)))).toBe('CERTIFICATE_UNREADABLE');
    });
  });
});

it('a CA that takes its time ends with an order that is ready', async () => {
  const slow = await startPebble({ slowValidation: 2 });
  try {
    const fixture = onPebble(slow);
    const name = fixture.newName();
    const { locator, challenges } = unwrap(await fixture.issuer.place({ reference: 'ord_1', names: [name], level: 'DV' }));
    for (const challenge of challenges) {
      fixture.serve(challenge);
      unwrap(await fixture.issuer.respond(locator, challenge.id));
    }
    await waitFor('the order to be ready', async () => unwrap(await fixture.issuer.progress(locator)).status === 'ready');
  } finally {
    await slow.stop();
  }
});

describe('AcmeIssuer, killed between any two writes', () => {
  for (const when of ['BEFORE', 'AFTER'] as const) {
    it(`${when.toLowerCase()} a write is kept: one account, one order and one certificate at the CA`, async () => {
      const quick = await startPebble();
      try {
        let reached = true;
        for (let nth = 1; reached; nth++) {
          const fixture = onPebble(quick);
          const accounts = quick.accounts();
          const name = fixture.newName();
          const csr = await csrFor(name);
          const walk = async (issuer: AcmeIssuer) => {
            const asked = { ...fixture, issuer };
            const place = () => issuer.place({ reference: 'ord_1', names: [name], level: 'DV' });
            const told = await place();
            if (!told.ok) fixture.skip(minutes(1));
            let view = told.ok ? told.value : unwrap(await place());
            for (const challenge of view.challenges) fixture.serve(challenge);
            if (view.status === 'pending') view = await makeReady(asked, 'ord_1', [name]);
            const sent = view.status === 'ready' ? await issuer.finalize(view.locator, csr) : ok(view);
            // Of the one that was killed, an answer is awaited for a while.
            if (!sent.ok) fixture.skip(minutes(1));
            await finalize(asked, view.locator, csr);
            return unwrap(await issuer.download(view.locator));
          };
          fixture.state.dieAtWrite(nth, when);
          const killed = await walk(fixture.issuer).then(
            () => false,
            () => true,
          );
          reached = fixture.state.died();
          expect(killed).toBe(reached);
          expect(await walk(fixture.anotherProcess())).toHaveLength(2);
          expect([await fixture.ordersAtCa(), (await fixture.certificatesAtCa()).length, quick.accounts() - accounts]).toEqual([1, 1, 1]);
        }
      } finally {
        await quick.stop();
      }
    });
  }
});
