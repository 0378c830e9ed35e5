import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  backOff,
  decide,
  ORDER_STATES,
  SETTLED,
  TRANSITIONS,
  waitingFor,
  withView,
  type CaView,
  type Order,
} from '../../../../src/features/orders/order.js';
import type { Hostname } from '../../../../src/values/hostname.js';
import { days, hours, instant, plus, seconds } from '../../../../src/values/instant.js';
import { problem } from '../../../../src/values/problems/problem.js';

const now = instant(1_790_000_000_000);
const file = { id: 'c1', name: 'shop.example' as Hostname, path: '/.well-known/pki-validation/t', body: 'b' };
const placed: Order = {
  ...{
    id: 'ord_1' as Order['id'],
    accountId: 'acc_1' as Order['accountId'],
    siteId: 'sit_1' as Order['siteId'],
    productId: 'prd_1' as Order['productId'],
  },
  ...{
    issuerId: 'local-ca',
    level: 'DV',
    names: ['shop.example' as Hostname],
    keyAlgorithm: 'ECDSA_P256',
    price: { minor: 800n, currency: 'USD' },
  },
  ...{ state: 'PLACED', presented: [], attempts: 0, createdAt: now, wakeAt: now, deadline: plus(now, days(1)) },
};
const keyed: Order = { ...placed, keyItemId: 'vlt_1' as Order['keyItemId'], csr: new Uint8Array([1]) };
const view = (status: CaView['status'], more: Partial<CaView> = {}): CaView => ({
  locator: 'L',
  status,
  challenges: [],
  askAgainAt: now,
  ...more,
});
const challenge = (status: 'pending' | 'processing' | 'valid' | 'invalid') => ({ ...file, status });
const refusal = problem('ISSUER_REFUSED', { issuer: 'local-ca', detail: 'no' });

describe('the next thing to do for an order', () => {
  it.each<{ name: string; order: Order; step: object }>([
    { name: 'a fresh one needs a key', order: placed, step: { do: 'makeKey' } },
    { name: 'with a key it goes to the CA', order: keyed, step: { do: 'startAtCa' } },
    {
      name: 'a file is laid down',
      order: { ...keyed, view: view('pending', { challenges: [challenge('pending')] }) },
      step: { do: 'present', files: [challenge('pending')] },
    },
    {
      name: 'a file that is there is announced',
      order: { ...keyed, presented: [file], view: view('pending', { challenges: [challenge('pending')] }) },
      step: { do: 'respond', challengeIds: ['c1'] },
    },
    {
      name: 'an announced one is waited for',
      order: { ...keyed, presented: [file], view: view('pending', { challenges: [challenge('processing')] }) },
      step: { do: 'poll' },
    },
    { name: 'a ready one is finalised', order: { ...keyed, view: view('ready') }, step: { do: 'finalize' } },
    { name: 'one that is being signed is asked for', order: { ...keyed, view: view('processing') }, step: { do: 'poll' } },
    { name: 'an issued one is fetched', order: { ...keyed, view: view('valid') }, step: { do: 'download' } },
    {
      name: 'an issued one is fetched even after the deadline',
      order: { ...keyed, deadline: now, view: view('valid') },
      step: { do: 'download' },
    },
    {
      name: 'an invalid one ends with the words of the CA',
      order: { ...keyed, view: view('invalid', { problem: refusal }) },
      step: { do: 'settle', as: 'REJECTED', problem: refusal },
    },
    {
      name: 'one that took too long fails, and says what it waited for',
      order: { ...keyed, deadline: now, problem: refusal },
      step: { do: 'settle', as: 'FAILED', problem: { code: 'DEADLINE_PASSED', sub: [refusal] } },
    },
    {
      name: 'nothing is done before its time',
      order: { ...keyed, wakeAt: plus(now, seconds(5)) },
      step: { do: 'wait', until: plus(now, seconds(5)) },
    },
    {
      name: 'the deadline does not wait for the back-off',
      order: { ...keyed, deadline: now, wakeAt: plus(now, hours(1)) },
      step: { do: 'settle', as: 'FAILED' },
    },
    {
      name: 'a settled one takes its files away',
      order: { ...keyed, state: 'ISSUED', presented: [file] },
      step: { do: 'cleanUp', files: [file] },
    },
    { name: 'a settled and clean one rests', order: { ...keyed, state: 'CANCELLED' }, step: { do: 'rest' } },
  ])('$name', ({ order, step }) => expect(decide(order, now)).toMatchObject(step));
});

describe('the states of an order', () => {
  it('every state leads on or is settled, and nothing leads out of an end', () => {
    for (const state of ORDER_STATES) {
      expect(TRANSITIONS[state].every((next) => ORDER_STATES.includes(next))).toBe(true);
      if (!SETTLED.includes(state)) expect(TRANSITIONS[state].length).toBeGreaterThan(0);
    }
    for (const state of ['FAILED', 'REJECTED', 'CANCELLED', 'REVOKED', 'EXPIRED'] as const) expect(TRANSITIONS[state]).toEqual([]);
  });

  it('an answer of the CA moves it along the table only', () => {
    for (const status of ['pending', 'ready', 'processing', 'valid', 'invalid'] as const) {
      for (const state of ['PLACED', 'VALIDATING', 'ISSUING'] as const) {
        const next = withView({ ...keyed, state }, view(status), now).state;
        expect(next === state || TRANSITIONS[state].includes(next)).toBe(true);
      }
    }
  });

  it('whatever is decided can be done: no order is without a next step', () => {
    const statuses = fc.constantFrom(undefined, 'pending', 'ready', 'processing', 'valid', 'invalid') as fc.Arbitrary<
      CaView['status'] | undefined
    >;
    const challenges = fc.array(fc.constantFrom('pending', 'processing', 'valid', 'invalid') as fc.Arbitrary<'pending'>, { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.constantFrom(...ORDER_STATES),
        statuses,
        challenges,
        fc.boolean(),
        fc.integer({ min: -5, max: 5 }),
        (state, status, marks, withKey, wake) => {
          const list = marks.map((mark, index) => ({ ...challenge(mark), id: `c${index}` }));
          const order: Order = {
            ...(withKey ? keyed : placed),
            state,
            wakeAt: instant(now + wake),
            view: status && view(status, { challenges: list }),
          };
          const step = decide(order, now);
          expect(step.do).toBeTypeOf('string');
          if (step.do === 'wait') expect(step.until).toBeGreaterThan(now);
          if (step.do === 'rest') expect(SETTLED).toContain(state);
        },
      ),
    );
  });
});

describe('after a failed step', () => {
  it('what may pass is tried again, later and later, and the cause is kept', () => {
    const down = problem('ISSUER_UNREACHABLE', { issuer: 'local-ca', detail: 'x' });
    const once = afterFailure(keyed, down, now);
    expect(once).toMatchObject({ attempts: 1, wakeAt: plus(now, seconds(1)), problem: down, state: 'PLACED' });
    expect(afterFailure(once, down, now)).toMatchObject({ attempts: 2, wakeAt: plus(now, seconds(2)) });
    expect(afterFailure(keyed, { ...down, retryAfter: now + 90_000 }, now).wakeAt).toBe(now + 90_000);
  });

  it('what cannot help ends the order', () => {
    expect(afterFailure(keyed, problem('KEY_MISMATCH'), now)).toMatchObject({
      state: 'FAILED',
      finishedAt: now,
      problem: { code: 'KEY_MISMATCH' },
    });
  });

  it('the pauses grow to five minutes', () => {
    expect([1, 2, 3, 9, 10, 50].map((attempt) => backOff(attempt) / 1000)).toEqual([1, 2, 4, 256, 300, 300]);
  });
});

describe('who must act', () => {
  it.each<[string, Order, string]>([
    ['nobody after the end', { ...keyed, state: 'ISSUED' }, 'NOBODY'],
    ['the reseller for an approval', { ...keyed, state: 'AWAITING_APPROVAL' }, 'RESELLER'],
    ['the customer where the name does not lead here', { ...keyed, problem: problem('VALIDATION_FAILED') }, 'CUSTOMER'],
    ['the CA while it signs', { ...keyed, state: 'ISSUING', view: view('processing') }, 'CA'],
    ['Hostseal otherwise', keyed, 'HOSTSEAL'],
  ])('%s', (_, order, who) => expect(waitingFor(order)).toBe(who));
});
