import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Accounts } from '../../../src/adapters/issuers/acme/accounts.js';
import type { AcmeIssuer } from '../../../src/adapters/issuers/acme/acme.issuer.js';
import { AcmeTransport } from '../../../src/adapters/issuers/acme/protocol/transport.js';
import type { HttpFileChallenge } from '../../../src/adapters/issuers/issuer.js';
import { Secret } from '../../../src/values/secret.js';
import { unwrap } from '../../../src/values/result.js';
import { startFront, type Front } from '../../support/acme/acme-front.js';
import { MemoryMemberState } from '../../support/memory-member-state.js';
import { loopbackDialer } from '../../support/network.js';
import { startPebble, type Pebble } from '../../support/acme/pebble.js';
import { codeOf, csrFor, finalize, makeReady } from '../issuer.contract.js';
import { directoryOf, onPebble, type AcmeFixture } from './acme.fixture.js';

let pebble: Pebble;
let front: Front;
beforeAll(async () => {
  pebble = await startPebble({ nonceReject: 15 });
  front = await startFront(pebble);
});
afterAll(async () => {
  await front.stop();
  await pebble.stop();
});

const NEW_ACCOUNT = '/sign-me-up';
const KEY_CHANGE = '/rollover-account-key';

describe('AcmeIssuer, its account', () => {
  let fixture: AcmeFixture;
  let acme: AcmeIssuer;
  let accounts: number;
  beforeEach(() => {
    fixture = onPebble(pebble, { url: front.directoryUrl, httpsRoots: [front.httpsRoot] });
    acme = fixture.issuer;
    accounts = pebble.accounts();
    front.requests.length = 0;
  });
  afterEach(() => (front.tampering = undefined));
  const made = () => pebble.accounts() - accounts;
  const place = (issuer: AcmeIssuer, reference: string) => issuer.place({ reference, names: [fixture.newName()], level: 'DV' });

  it('is one for all processes that ask at once, with the contact, and made for the first order', async () => {
    await Promise.all([acme, fixture.anotherProcess(), fixture.anotherProcess()].map((issuer, i) => place(issuer, `ord_${i}`)));
    expect(made()).toBe(1);
    const asked = front.requests.filter(({ path, payload }) => path === NEW_ACCOUNT && payload?.['onlyReturnExisting'] !== true);
    expect(asked[0]?.payload).toMatchObject({ termsOfServiceAgreed: true, contact: ['mailto:admin@panel.test'] });
  });

  it('is read once for an order that is placed and looked at', async () => {
    await place(acme, 'ord_1');
    const reads = vi.spyOn(fixture.state, 'read');
    const other = fixture.anotherProcess();
    const { locator } = unwrap(await place(other, 'ord_2'));
    for (let looks = 0; looks < 3; looks++) unwrap(await other.progress(locator));
    expect(reads.mock.calls.filter(([key]) => key.startsWith('account/'))).toHaveLength(1);
  });

  it('is found again with its key where the answer was lost', async () => {
    front.tampering = async (request, ask) => {
      const answer = await ask();
      return request.path === NEW_ACCOUNT && answer.status === 201 ? 'CUT' : answer;
    };
    expect(codeOf(await place(acme, 'ord_1'))).toBe('ISSUER_UNREACHABLE');
    front.tampering = undefined;
    front.requests.length = 0;
    expect(codeOf(await place(fixture.anotherProcess(), 'ord_1'))).toBe('OK');
    expect(made()).toBe(1);
    expect(front.requests.find(({ path }) => path === NEW_ACCOUNT)?.payload).toEqual({ onlyReturnExisting: true });
  });

  it('that the CA has deactivated is said to be so, and no other is made', async () => {
    unwrap(await place(acme, 'ord_1'));
    const directory = directoryOf(pebble, { url: front.directoryUrl, httpsRoots: [front.httpsRoot] });
    const options = { directory, clock: { now: fixture.now }, dialer: loopbackDialer(), timeoutMs: 5_000 };
    const own = new Accounts(directory, fixture.state, new AcmeTransport(options));
    const account = await own.open();
    expect(account.ok && (await own.post(account.value.url, { status: 'deactivated' })).ok).toBe(true);
    expect(await place(fixture.anotherProcess(), 'ord_2')).toMatchObject({
      ok: false,
      problem: { code: 'ISSUER_ACCOUNT_UNUSABLE', facts: { detail: 'Account has been deactivated' } },
    });
    expect(codeOf(await acme.rolloverKey())).toBe('ISSUER_ACCOUNT_UNUSABLE');
    expect(made()).toBe(1);
  });

  it('that the CA no longer knows is said to be so, and no other is made', async () => {
    unwrap(await place(acme, 'ord_1'));
    front.tampering = async (request, ask) => (request.path === '/order-plz' ? { ...(await ask()), ...DOES_NOT_EXIST } : ask());
    expect(await place(acme, 'ord_2')).toMatchObject({ ok: false, problem: { code: 'ISSUER_ACCOUNT_UNUSABLE' } });
    expect(made()).toBe(1);
  });

  it('its key is kept as a secret, and nowhere else', async () => {
    unwrap(await place(acme, 'ord_1'));
    const everything = JSON.stringify(await fixture.state.list('', 1000));
    const [, place32] = /"account\/([0-9a-f]{32})"/.exec(everything) ?? [];
    const key = (await fixture.state.secret(`account-key/${place32}/1`))?.reveal() ?? new Uint8Array();
    expect(key.length).toBeGreaterThan(100);
    expect(everything).not.toContain(Buffer.from(key.slice(36, 60)).toString('base64').slice(0, 20));
    expect(JSON.stringify(front.requests)).not.toContain(Buffer.from(key.slice(36, 68)).toString('base64url'));
  });

  it('two directories side by side have an account and a key each', async () => {
    const another = await startPebble();
    try {
      const other = fixture.with({ directory: directoryOf(another), state: new MemoryMemberState() });
      const [first, second] = [unwrap(await place(acme, 'ord_1')), unwrap(await place(other, 'ord_1'))];
      expect([made(), another.accounts()]).toEqual([1, 1]);
      expect([await fixture.ordersAtCa(), another.orders().length]).toEqual([1, 1]);
      expect(first.challenges[0]?.body.split('.')[1]).not.toBe(second.challenges[0]?.body.split('.')[1]);
    } finally {
      await another.stop();
    }
  });

  describe('a change of its key', () => {
    it('keeps the account, its orders and its certificates', async () => {
      const name = fixture.newName();
      const { locator } = await makeReady(fixture, 'ord_1', [name]);
      unwrap(await acme.rolloverKey());
      for (const issuer of [acme, fixture.anotherProcess()]) expect(unwrap(await issuer.progress(locator)).status).toBe('ready');
      await finalize(fixture, locator, await csrFor(name));
      const [leaf] = unwrap(await acme.download(locator)) as [Uint8Array];
      unwrap(await acme.rolloverKey());
      expect(codeOf(await acme.revoke(leaf, 'SUPERSEDED'))).toBe('OK');
      expect(made()).toBe(1);
    });

    it('gives the files of open orders new ids, as their bodies are others', async () => {
      const name = fixture.newName();
      const before = unwrap(await acme.place({ reference: 'ord_1', names: [name], level: 'DV' }));
      unwrap(await acme.rolloverKey());
      const after = unwrap(await acme.progress(before.locator));
      const [old, current] = [before.challenges[0] as HttpFileChallenge, after.challenges[0] as HttpFileChallenge];
      expect([current.path, current.id === old.id, current.body === old.body]).toEqual([old.path, false, false]);
      expect(codeOf(await acme.respond(before.locator, old.id))).toBe('NOT_FOUND');
      expect((await makeReady(fixture, 'ord_1', [name])).status).toBe('ready');
    });

    it('lets no process announce a file of the old one', async () => {
      const other = fixture.anotherProcess();
      const { locator, challenges } = unwrap(await place(other, 'ord_1'));
      unwrap(await acme.rolloverKey());
      front.requests.length = 0;
      expect(codeOf(await other.respond(locator, challenges[0]!.id))).toBe('NOT_FOUND');
      expect(front.requests).toEqual([]);
    });

    it('is used by a process that knows the old one only', async () => {
      const other = fixture.anotherProcess();
      const { locator } = unwrap(await place(other, 'ord_1'));
      unwrap(await acme.rolloverKey());
      expect(unwrap(await other.progress(locator)).status).toBe('pending');
    });

    it('whose answer was lost is settled by the next request', async () => {
      const { locator } = unwrap(await place(acme, 'ord_1'));
      front.tampering = async (request, ask) => {
        const answer = await ask();
        return request.path === KEY_CHANGE && answer.status === 200 ? 'CUT' : answer;
      };
      expect(codeOf(await acme.rolloverKey())).toBe('ISSUER_UNREACHABLE');
      front.tampering = undefined;
      front.requests.length = 0;
      expect(unwrap(await fixture.anotherProcess().progress(locator)).status).toBe('pending');
      expect(front.requests.filter(({ path }) => path === KEY_CHANGE)).toEqual([]);
    });

    it('that the CA declines is over: the account goes on with the key that it has, and may change it later', async () => {
      const { locator } = unwrap(await place(acme, 'ord_1'));
      const declined = { type: 'urn:ietf:params:acme:error:unauthorized', detail: 'keys are for life here' };
      front.tampering = async (request, ask) =>
        request.path === KEY_CHANGE
          ? { status: 403, headers: { 'content-type': 'application/problem+json' }, body: JSON.stringify(declined) }
          : ask();
      expect(await acme.rolloverKey()).toMatchObject({ problem: { code: 'ISSUER_REFUSED', facts: { detail: declined.detail } } });
      for (const issuer of [acme, fixture.anotherProcess()]) expect(unwrap(await issuer.progress(locator)).status).toBe('pending');
      front.tampering = undefined;
      expect(codeOf(await acme.rolloverKey())).toBe('OK');
    });

    it('that did not reach the CA is brought to its end by the next request', async () => {
      const { locator } = unwrap(await place(acme, 'ord_1'));
      front.tampering = async (request, ask) => (request.path === KEY_CHANGE ? 'CUT' : ask());
      expect(codeOf(await acme.rolloverKey())).toBe('ISSUER_UNREACHABLE');
      front.tampering = undefined;
      const before = unwrap(await fixture.anotherProcess().progress(locator)).challenges[0]?.body;
      unwrap(await acme.rolloverKey());
      expect(unwrap(await acme.progress(locator)).challenges[0]?.body).not.toBe(before);
    });

    it('by two processes at once ends with one key that both use', async () => {
      const { locator } = unwrap(await place(acme, 'ord_1'));
      const other = fixture.anotherProcess();
      const changes = await Promise.all([acme.rolloverKey(), other.rolloverKey()]);
      expect(changes.some(({ ok }) => ok)).toBe(true);
      const bodies = [await acme.progress(locator), await other.progress(locator)].map((view) => unwrap(view).challenges[0]?.body);
      expect(bodies[0]).toBe(bodies[1]);
    });

    for (const when of ['BEFORE', 'AFTER'] as const) {
      it(`killed ${when.toLowerCase()} any write is kept: the account works on, and changes again`, async () => {
        const { locator } = unwrap(await place(acme, 'ord_1'));
        let reached = true;
        for (let nth = 1; reached; nth++) {
          fixture.state.dieAtWrite(nth, when);
          await acme.rolloverKey().then(unwrap, () => undefined);
          reached = fixture.state.died();
          acme = fixture.anotherProcess();
          expect(unwrap(await acme.progress(locator)).status).toBe('pending');
        }
        expect(codeOf(await acme.rolloverKey())).toBe('OK');
        expect(made()).toBe(1);
      });
    }
  });
});

const DOES_NOT_EXIST = {
  status: 400,
  body: JSON.stringify({ type: 'urn:ietf:params:acme:error:accountDoesNotExist', detail: 'no such account' }),
};

describe('AcmeIssuer, where the CA takes only whom it knows', () => {
  let strict: Pebble;
  const macKey = Buffer.from('a key that the CA has given out.').toString('base64url');
  beforeAll(async () => void (strict = await startPebble({ externalAccounts: { 'kid-1': macKey } })));
  afterAll(() => strict.stop());
  const placeWith = (more: Parameters<typeof onPebble>[1]) => {
    const { issuer, newName } = onPebble(strict, more);
    return issuer.place({ reference: 'ord_1', names: [newName()], level: 'DV' });
  };

  it('without an external account nothing is made, and it is said what is missing', async () => {
    expect(await placeWith({})).toMatchObject({
      ok: false,
      problem: { code: 'ISSUER_ACCOUNT_UNUSABLE', facts: { type: 'externalAccountRequired' } },
    });
    expect(strict.accounts()).toBe(0);
  });

  it('with another one it is refused, in the CA’s words', async () => {
    const externalAccount = { keyId: 'kid-2', macKey: Secret.of(macKey) };
    expect(await placeWith({ externalAccount })).toMatchObject({ ok: false, problem: { facts: { issuer: 'Pebble' } } });
    expect(strict.accounts()).toBe(0);
  });

  it('with its own it works', async () => {
    expect(codeOf(await placeWith({ externalAccount: { keyId: 'kid-1', macKey: Secret.of(macKey) } }))).toBe('OK');
    expect(strict.accounts()).toBe(1);
  });
});
