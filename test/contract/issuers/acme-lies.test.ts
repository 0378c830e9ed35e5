import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AcmeIssuer } from '../../../src/adapters/issuers/acme/acme.issuer.js';
import { makeAddressGuard } from '../../../src/adapters/network/dialing/address-guard.js';
import { makeDialer } from '../../../src/adapters/network/dialing/dialer.js';
import { makeResolver } from '../../../src/adapters/network/dialing/resolver.js';
import { checkIssued } from '../../../src/cores/pki/check-issued.js';
import { days, hours, minutes, plus, seconds, since } from '../../../src/values/instant.js';
import { CATALOGUE } from '../../../src/values/problems/catalogue.js';
import type { Problem } from '../../../src/values/problems/problem.js';
import { unwrap, type Result } from '../../../src/values/result.js';
import { startFront, type Front, type FrontAnswer, type Tampering } from '../../support/acme/acme-front.js';
import { makeCa } from '../../support/pki/certificates.js';
import { Listeners } from '../../support/listen.js';
import { startPebble, type Pebble } from '../../support/acme/pebble.js';
import { codeOf, csrFor, finalize, makeReady } from '../issuer.contract.js';
import { directoryOf, onPebble, type AcmeFixture } from './acme.fixture.js';

let pebble: Pebble;
let front: Front;
beforeAll(async () => {
  pebble = await startPebble();
  front = await startFront(pebble);
});
afterAll(async () => {
  await front.stop();
  await pebble.stop();
});

/** Short for what never answers. */
const HASTE_MS = 400;
const json = (status: number, body: object, headers: Record<string, string> = {}): FrontAnswer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify(body),
});
const acmeError = (type: string, detail: string, more: object = {}) => ({ type: `urn:ietf:params:acme:error:${type}`, detail, ...more });
const HTML: FrontAnswer = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><h1>It works!</h1></html>' };

describe('AcmeIssuer, where the CA or what stands before it does as it likes', () => {
  let fixture: AcmeFixture;
  let acme: AcmeIssuer;
  let hasty: AcmeIssuer;
  beforeEach(() => {
    fixture = onPebble(pebble, { url: front.directoryUrl, httpsRoots: [front.httpsRoot] });
    acme = fixture.issuer;
    hasty = fixture.with({ timeoutMs: HASTE_MS });
    front.requests.length = 0;
  });
  afterEach(() => (front.tampering = undefined));
  const place = (issuer: AcmeIssuer = acme) => issuer.place({ reference: 'ord_1', names: [fixture.newName()], level: 'DV' });
  const on = (path: string, told: Tampering): Tampering => {
    return (request, ask) => (request.path.startsWith(path) ? told(request, ask) : ask());
  };
  const problemOf = (result: Result<unknown>): Problem => {
    if (result.ok) throw new Error('it was not refused');
    return result.problem;
  };
  const causeOf = (result: Result<unknown>) => [problemOf(result).code, problemOf(result).sub[0]?.code];

  describe('out of reach', () => {
    it('a port where nothing listens, and a CA that comes back', async () => {
      const listeners = new Listeners();
      const url = `https://127.0.0.1:${await listeners.closedPort()}/dir`;
      const down = fixture.with({ directory: directoryOf(pebble, { url }) });
      expect(causeOf(await place(down))).toEqual(['ISSUER_UNREACHABLE', 'CONNECTION_REFUSED']);
      await listeners.stop();
      expect(codeOf(await place())).toBe('OK');
    });

    it.each(['/dir', '/nonce-plz', '/sign-me-up', '/order-plz', '/authZ/'])(
      'hung at %s: told in time, and one order in the end',
      async (path) => {
        front.tampering = on(path, async () => 'HANG');
        expect(causeOf(await place(hasty))).toEqual(['ISSUER_UNREACHABLE', 'CONNECTION_TIMED_OUT']);
        front.tampering = undefined;
        expect(codeOf(await place())).toBe('OK');
        expect(await fixture.ordersAtCa()).toBe(1);
      },
    );

    it('hung in the middle of an answer', async () => {
      front.tampering = on('/order-plz', async (_, ask) => ({ half: await ask() }));
      expect(causeOf(await place(hasty))).toEqual(['ISSUER_UNREACHABLE', 'CONNECTION_TIMED_OUT']);
      front.tampering = undefined;
      expect(codeOf(await place())).toBe('OK');
      expect(await fixture.ordersAtCa()).toBe(1);
    });

    it('cut off in the middle of an order’s life: asked again, it goes on', async () => {
      const name = fixture.newName();
      const { locator } = await makeReady(fixture, 'ord_1', [name]);
      front.tampering = async () => 'CUT';
      expect(causeOf(await acme.progress(locator))).toEqual(['ISSUER_UNREACHABLE', 'CONNECTION_CLOSED']);
      front.tampering = undefined;
      expect((await finalize(fixture, locator, await csrFor(name))).status).toBe('valid');
    });

    it('a whole Pebble that hangs and wakes', async () => {
      const { locator } = unwrap(await place());
      pebble.pause();
      expect(codeOf(await hasty.progress(locator))).toBe('ISSUER_UNREACHABLE');
      pebble.resume();
      expect(codeOf(await acme.progress(locator))).toBe('OK');
    });

    it('an HTTPS certificate that nobody vouches for, and one for another name', async () => {
      const untrusting = fixture.with({ directory: directoryOf(pebble, { httpsRoots: [] }) });
      expect(causeOf(await place(untrusting))).toEqual(['ISSUER_UNREACHABLE', 'PEER_NOT_AUTHENTICATED']);
      const url = pebble.directoryUrl.replace('localhost', '127.0.0.1');
      expect(causeOf(await place(fixture.with({ directory: directoryOf(pebble, { url }) })))).toEqual([
        'ISSUER_UNREACHABLE',
        'PEER_NOT_AUTHENTICATED',
      ]);
    });

    it('an address that the configuration does not allow is not dialled, and plain HTTP not spoken', async () => {
      const guarded = makeDialer({ guard: makeAddressGuard([]), resolver: makeResolver({ servers: [] }) });
      expect(causeOf(await place(fixture.with({ dialer: guarded })))).toEqual(['ISSUER_UNREACHABLE', 'ADDRESS_NOT_ALLOWED']);
      const plain = fixture.with({ directory: directoryOf(pebble, { url: `http://localhost:${pebble.port}/dir` }) });
      expect(causeOf(await place(plain))).toEqual(['ISSUER_UNREACHABLE', 'URL_NOT_ALLOWED']);
    });
  });

  describe('answers that are not ACME', () => {
    const answers: Readonly<Record<string, FrontAnswer>> = {
      'a web page': HTML,
      'a web page that says no': { ...HTML, status: 403 },
      'a redirect': { status: 302, headers: { location: 'https://elsewhere.test/dir' }, body: '' },
      'JSON of something else': json(200, { swagger: '2.0' }),
      'a directory over plain HTTP': json(200, { newNonce: 'http://a.test', newAccount: 'http://a.test', newOrder: 'http://a.test' }),
      'half of a JSON': { status: 200, headers: { 'content-type': 'application/json' }, body: '{"newNonce":' },
      nothing: { status: 200, body: '' },
    };
    it.each(Object.entries(answers))('%s in the place of the directory', async (_, answer) => {
      front.tampering = on('/dir', async () => answer);
      expect(problemOf(await place())).toMatchObject({
        code: 'ISSUER_ANSWER_MALFORMED',
        facts: { issuer: 'Pebble', url: front.directoryUrl },
      });
      front.tampering = undefined;
      expect(codeOf(await place())).toBe('OK');
    });

    it.each(['/order-plz', '/authZ/', '/my-order/'])('a web page in the place of %s', async (path) => {
      front.tampering = on(path, async () => HTML);
      expect(codeOf(await place())).toBe('ISSUER_ANSWER_MALFORMED');
      front.tampering = undefined;
      expect(codeOf(await place())).toBe('OK');
      expect(await fixture.ordersAtCa()).toBe(1);
    });

    it('a web page in the place of the chain', async () => {
      const name = fixture.newName();
      const { locator } = await makeReady(fixture, 'ord_1', [name]);
      await finalize(fixture, locator, await csrFor(name));
      front.tampering = on('/certZ/', async () => HTML);
      expect(codeOf(await acme.download(locator))).toBe('ISSUER_ANSWER_MALFORMED');
    });

    it('an answer without end is not read to its end', async () => {
      front.tampering = on('/dir', async () => ({ ...HTML, body: 'x'.repeat(300_000) }));
      expect(causeOf(await place())).toEqual(['ISSUER_UNREACHABLE', 'ANSWER_TOO_LARGE']);
    });

    it('no nonce, and a nonce that is never right', async () => {
      front.tampering = on('/nonce-plz', async () => ({ status: 200, body: '' }));
      expect(codeOf(await place())).toBe('ISSUER_ANSWER_MALFORMED');
      front.tampering = on('/order-plz', async () => json(400, acmeError('badNonce', 'never'), { 'replay-nonce': 'bm9uY2U' }));
      const refused = problemOf(await place());
      expect([refused.code, CATALOGUE[refused.code].retryable]).toEqual(['ISSUER_UNREACHABLE', true]);
      expect(front.requests.filter(({ path }) => path === '/order-plz').length).toBeLessThan(10);
    });

    const forged = (path: string, forge: (body: Record<string, unknown>) => object): Tampering =>
      on(path, async (_, ask) => {
        const answer = await ask();
        return { ...answer, body: JSON.stringify(forge(JSON.parse(answer.body) as Record<string, unknown>)) };
      });
    const OTHERS = { type: 'dns', value: 'victim.example' };
    it.each([
      ['an order for another name', forged('/order-plz', (order) => ({ ...order, identifiers: [OTHERS] }))],
      ['an authorization of another name', forged('/authZ/', (authorization) => ({ ...authorization, identifier: OTHERS }))],
      [
        'an authorization of what is no name',
        forged('/authZ/', (authorization) => ({ ...authorization, identifier: { ...OTHERS, value: '../x' } })),
      ],
      [
        'more authorizations than an order can have names',
        forged('/my-order/', (order) => ({ ...order, authorizations: Array.from({ length: 2_000 }, (_, at) => `https://ca.test/${at}`) })),
      ],
    ])('%s: no file of it is laid down, and nothing is asked about it', async (_, tampering) => {
      front.tampering = tampering;
      const refused = problemOf(await place());
      expect(refused.code).toBe('ISSUER_ANSWER_MALFORMED');
      expect(JSON.stringify(refused)).not.toContain('victim.example');
      expect(front.requests.length).toBeLessThan(20);
    });

    it('a list of orders that does not end holds nobody', async () => {
      unwrap(await place());
      front.tampering = on('/order-plz', async () => 'CUT');
      const again = () => hasty.place({ reference: 'ord_2', names: [fixture.newName()], level: 'DV' });
      expect(codeOf(await again())).toBe('ISSUER_UNREACHABLE');
      front.tampering = on('/list-orderz/', async ({ path }, ask) => ({
        ...(await ask()),
        headers: { link: `<${next(path)}>; rel="next"` },
      }));
      const next = (path: string) => `${front.directoryUrl.replace('/dir', path)}`;
      expect(problemOf(await again())).toMatchObject({
        code: 'ISSUER_ANSWER_MALFORMED',
        facts: { detail: expect.stringContaining('does not end') },
      });
    });

    it('a token that is no token never becomes a path', async () => {
      front.tampering = on('/authZ/', async (_, ask) => {
        const answer = await ask();
        return { ...answer, body: answer.body.replace(/"token": "[^"]+"/g, '"token": "../../etc/passwd"') };
      });
      expect(codeOf(await place())).toBe('ISSUER_REFUSED');
    });
  });

  describe('refusals', () => {
    it.each([
      ['seconds', '90', {}, seconds(90)],
      ['a date by its own clock', 'Wed, 25 Nov 2026 14:00:00 GMT', { date: 'Wed, 25 Nov 2026 12:00:00 GMT' }, hours(2)],
      ['nothing', '', {}, minutes(1)],
      ['the end of all dates', '+275760-09-13T00:00:00Z', { date: '-271821-04-20T00:00:00Z' }, days(1)],
      ['the year 9999', 'Fri, 31 Dec 9999 23:59:59 GMT', {}, days(1)],
      ['thirty years', '999999999', {}, days(1)],
      ['a time that was', 'Thu, 01 Jan 1970 00:00:00 GMT', {}, seconds(0)],
    ] as const)('a limit that is reached, with %s to wait', async (_, retryAfter, headers, wait) => {
      const detail = 'too many certificates already issued';
      front.tampering = on('/order-plz', async () =>
        json(429, acmeError('rateLimited', detail), { ...headers, 'retry-after': retryAfter }),
      );
      const refused = problemOf(await place());
      expect(refused).toMatchObject({ code: 'ISSUER_RATE_LIMITED', facts: { detail }, retryAfter: plus(fixture.now(), wait) });
      front.tampering = undefined;
      expect(codeOf(await place())).toBe('OK');
    });

    it('a CA at work on itself: 503, with the time that it gives', async () => {
      front.tampering = async () => ({ ...HTML, status: 503, headers: { 'retry-after': '120' } });
      const { code, retryAfter } = problemOf(await place());
      expect([code, since(fixture.now(), retryAfter as never)]).toEqual(['ISSUER_UNREACHABLE', seconds(120)]);
    });

    it('names that are refused are named, each with the CA’s words', async () => {
      const [first, second] = [fixture.newName(), fixture.newName()];
      const sub = [first, second].map((value) => acmeError('rejectedIdentifier', `no ${value}`, { identifier: { type: 'dns', value } }));
      front.tampering = on('/order-plz', async () => json(400, acmeError('rejectedIdentifier', 'some names', { subproblems: sub })));
      const refused = problemOf(await acme.place({ reference: 'ord_1', names: [first, second], level: 'DV' }));
      expect(refused).toMatchObject({ code: 'ISSUER_REFUSED', facts: { detail: 'some names', type: 'rejectedIdentifier' } });
      expect(refused.sub.map(({ subject, facts }) => [subject, facts['detail']])).toEqual([
        [first, `no ${first}`],
        [second, `no ${second}`],
      ]);
    });

    it('what a CA says is shown on one line, and not without end', async () => {
      front.tampering = on('/order-plz', async () => json(403, acmeError('caa', `a\r\n\u001b[31m${'b'.repeat(5_000)}`)));
      const detail = `${problemOf(await place()).facts['detail']}`;
      expect(detail).not.toMatch(/\p{Cc}/u);
      expect(detail.length).toBeLessThanOrEqual(500);
    });

    const FORGED = `a\r\n\u001b[31m\u009b1m\u202e${'b'.repeat(5_000)}`;
    const inAuthorization = (more: object): Tampering =>
      on('/authZ/', async (_, ask) => {
        const { body, ...rest } = await ask();
        return { ...rest, body: JSON.stringify({ ...(JSON.parse(body) as object), ...more }) };
      });
    it.each([
      ['the kind of a problem', on('/order-plz', async () => json(403, acmeError(FORGED, 'no')))],
      [
        'the name in a problem',
        on('/order-plz', async () => json(403, acmeError('caa', 'no', { identifier: { type: 'dns', value: FORGED } }))),
      ],
      [
        'what is cut in the middle of a character',
        on('/order-plz', async () => json(403, acmeError('caa', `${'a'.repeat(499)}\u{1f600}`))),
      ],
      [
        'a place that is led to',
        on('/dir', async () => ({ status: 302, headers: { location: `/\u009b31m${'b'.repeat(5_000)}` }, body: '' })),
      ],
      ['fields of no directory', on('/dir', async () => json(200, { [FORGED]: 1 }))],
      ['kinds of challenges', inAuthorization({ challenges: [{ type: FORGED, url: 'https://ca.test/1', status: FORGED }] })],
      [
        'an address',
        inAuthorization({ challenges: [{ type: 'http-01', url: `https://ca.test/${FORGED}`, token: 'x', status: 'pending' }] }),
      ],
    ])('%s bends no line of a timeline', async (_, tampering) => {
      front.tampering = tampering;
      const said = JSON.stringify(problemOf(await place()), (_key, value: unknown) =>
        typeof value === 'string' && (/\p{C}/u.test(value) || !value.isWellFormed()) ? 'FORGED' : value,
      );
      expect(said).not.toContain('FORGED');
      expect(said.length).toBeLessThan(2_000);
    });

    it('a request that the CA finds fault with: the order stays ready for another', async () => {
      const name = fixture.newName();
      const { locator } = await makeReady(fixture, 'ord_1', [name]);
      front.tampering = on('/finalize-order/', async () => json(400, acmeError('badCSR', 'that key is known to be weak')));
      expect(problemOf(await acme.finalize(locator, await csrFor(name)))).toMatchObject({
        code: 'CSR_INVALID',
        facts: { detail: 'that key is known to be weak' },
      });
      front.tampering = undefined;
      expect((await finalize(fixture, locator, await csrFor(name))).status).toBe('valid');
    });

    it('an order that the CA has forgotten', async () => {
      const { locator } = unwrap(await place());
      front.tampering = on('/my-order/', async () => ({ status: 404, body: '' }));
      expect(codeOf(await acme.progress(locator))).toBe('ISSUER_REFUSED');
    });
  });

  describe('a certificate that was not ordered', () => {
    const lies = {
      'another name': { names: () => ['other.acme.test'], code: 'CERTIFICATE_NAME_MISMATCH' },
      'a name more': { names: (name: string) => [name, 'other.acme.test'], code: 'CERTIFICATE_NAME_UNASKED' },
      'another key': { names: (name: string) => [name], code: 'KEY_MISMATCH' },
    } as const;
    it.each(Object.entries(lies))('with %s is handed on, and refused by the check of what was issued', async (_, { names, code }) => {
      const name = fixture.newName();
      const { locator } = await makeReady(fixture, 'ord_1', [name]);
      await finalize(fixture, locator, await csrFor(name));
      const liar = await makeCa('Liar');
      const { chainPem } = await liar.issue({ names: names(name) });
      front.tampering = on('/certZ/', async (_request, ask) => ({ ...(await ask()), body: chainPem }));
      const chain = unwrap(await acme.download(locator));
      const keyMatches = code !== 'KEY_MISMATCH';
      expect(codeOf(checkIssued({ chain, roots: [liar.rootDer], names: [name], keyMatches, now: fixture.now() }))).toBe(code);
    });
  });
});
