import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  backOff,
  CANCELLABLE,
  decide,
  mayBecome,
  ORDER_STATES,
  SETTLED,
  settled,
  waitingFor,
  withView,
  type CaView,
  type Order,
  type OrderState,
} from '../../../../src/features/orders/order.js';
import type { Hostname } from '../../../../src/values/hostname.js';
import { days, hours, instant, plus, seconds } from '../../../../src/values/instant.js';
import { problem, type Problem } from '../../../../src/values/problems/problem.js';

const now = instant(1_790_000_000_000);
const file = { id: 'c1', name: 'shop.example' as Hostname, path: '/.well-known/pki-validation/t', body: 'b' };
const laid = { ...file, laid: true as const };
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
    beside: false,
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
const unseen = problem('CHALLENGE_FILE_NOT_SEEN', { name: 'shop.example', detail: 'x' });
const check = (isOver: boolean, ...findings: readonly Problem[]) => ({ challengeIds: ['c1'], looks: 1, isOver, findings });
const refusal = problem('ISSUER_REFUSED', { issuer: 'local-ca', detail: 'no' });

describe('the next thing to do for an order', () => {
  it.each<{ name: string; order: Order; step: object }>([
    { name: 'a fresh one goes to the CA, without a key', order: placed, step: { do: 'startAtCa' } },
    { name: 'a key is made when the names are shown', order: { ...placed, view: view('ready') }, step: { do: 'makeKey' } },
    {
      name: 'a file that was written down and may not lie there, after a crash, is laid down again',
      order: { ...keyed, presented: [file], view: view('pending', { challenges: [challenge('pending')] }) },
      step: { do: 'present', files: [challenge('pending')] },
    },
    {
      name: 'a file is laid down',
      order: { ...keyed, view: view('pending', { challenges: [challenge('pending')] }) },
      step: { do: 'present', files: [challenge('pending')] },
    },
    {
      name: 'a file that is laid down is looked for by us',
      order: { ...keyed, presented: [laid], view: view('pending', { challenges: [challenge('pending')] }) },
      step: { do: 'check', files: [challenge('pending')] },
    },
    {
      name: 'it is looked for again while something better may come',
      order: { ...keyed, presented: [laid], check: check(false), view: view('pending', { challenges: [challenge('pending')] }) },
      step: { do: 'check', files: [challenge('pending')] },
    },
    {
      name: 'one that was looked for is announced',
      order: { ...keyed, presented: [laid], check: check(true), view: view('pending', { challenges: [challenge('pending')] }) },
      step: { do: 'respond', challengeIds: ['c1'] },
    },
    {
      name: 'a challenge with another id, as after a change of the account’s key, is looked for anew',
      order: {
        ...{ ...keyed, presented: [laid, { ...laid, id: 'c2' }], check: check(true) },
        view: view('pending', { challenges: [{ ...challenge('pending'), id: 'c2' }] }),
      },
      step: { do: 'check', files: [{ id: 'c2' }] },
    },
    {
      name: 'an announced one is waited for',
      order: { ...keyed, presented: [laid], view: view('pending', { challenges: [challenge('processing')] }) },
      step: { do: 'poll' },
    },
    { name: 'a ready one with a key is finalised', order: { ...keyed, view: view('ready') }, step: { do: 'finalize' } },
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
      name: 'below them stands what we saw ourselves',
      order: { ...keyed, check: check(true, unseen), view: view('invalid', { problem: refusal }) },
      step: { do: 'settle', as: 'REJECTED', problem: { ...refusal, sub: [unseen] } },
    },
    {
      name: 'one that took too long fails, and says what it waited for',
      order: { ...keyed, deadline: now, problem: refusal },
      step: {
        do: 'settle',
        as: 'FAILED',
        problem: { code: 'DEADLINE_PASSED', facts: { waitedFor: 'the certificate authority had not taken it' }, sub: [refusal] },
      },
    },
    {
      name: 'one that has to be approved waits for that, and for nothing else',
      order: { ...placed, state: 'AWAITING_APPROVAL' },
      step: { do: 'wait', until: placed.deadline },
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
  /** As the documentation tells it. A row: from, and each of ORDER_STATES in its order: does it lead there? */
  const TABLE = [
    // PLACED AWAITING VALIDATING VETTING ISSUING ISSUED FAILED REJECTED CANCELLED REVOKED EXPIRED
    ['PLACED', '. x x x x . x x x . .'],
    ['AWAITING_APPROVAL', '. . x x . . x x x . .'],
    ['VALIDATING', '. . . x x . x x x . .'],
    ['VETTING', '. . x . x . x x x . .'],
    ['ISSUING', '. . x . . x x x . . .'],
    ['ISSUED', '. . . . . . . . . x x'],
    ['FAILED', '. . . . . . . . . . .'],
    ['REJECTED', '. . . . . . . . . . .'],
    ['CANCELLED', '. . . . . . . . . . .'],
    ['REVOKED', '. . . . . . . . . . .'],
    ['EXPIRED', '. . . . . . . . . . .'],
  ] as const satisfies readonly (readonly [OrderState, string])[];

  it.each(TABLE)('%s leads on where the table says so, and stays what it is', (from, row) => {
    const to = ORDER_STATES.filter((_, index) => row.split(' ')[index] === 'x');
    expect(ORDER_STATES.filter((state) => state !== from && mayBecome(from, state))).toEqual(to);
    expect(mayBecome(from, from)).toBe(true);
  });

  it('has a row in the table for every state', () => expect(TABLE.map(([state]) => state)).toEqual(ORDER_STATES));

  it('is worked on, and may be cancelled, in these', () => {
    expect(ORDER_STATES.filter((state) => !SETTLED.includes(state))).toEqual([
      ...['PLACED', 'AWAITING_APPROVAL', 'VALIDATING', 'VETTING', 'ISSUING'],
    ]);
    expect(CANCELLABLE).toEqual(['PLACED', 'AWAITING_APPROVAL', 'VALIDATING', 'VETTING']);
  });

  /** What happens to an order that is worked on. */
  const EVENTS: Readonly<Record<string, (order: Order) => Order>> = {
    ...Object.fromEntries(
      (['pending', 'ready', 'processing', 'valid', 'invalid'] as const).map((status) => [
        `the CA says ${status}`,
        (order: Order) => withView(order, view(status), now),
      ]),
    ),
    'a step fails for now': (order) => afterFailure(order, problem('ISSUER_UNREACHABLE'), now),
    'a step fails for good': (order) => afterFailure(order, problem('KEY_MISMATCH'), now),
    'the CA refuses': (order) => settled(order, 'REJECTED', refusal, now),
    'the deadline passes': (order) => settled(order, 'FAILED', problem('DEADLINE_PASSED'), now),
  };
  /** No CA knows of one that waits for approval. */
  const OPEN = ORDER_STATES.filter((state) => !SETTLED.includes(state) && state !== 'AWAITING_APPROVAL');
  it.each(OPEN.flatMap((state) => Object.keys(EVENTS).map((event) => ({ state, event }))))(
    'while it is $state, $event: it moves along the table only',
    ({ state, event }) => expect(mayBecome(state, EVENTS[event]!({ ...keyed, state }).state)).toBe(true),
  );

  it.each(SETTLED.map((state) => ({ state })))('a clean-up in vain leaves one that is $state what it is', ({ state }) => {
    for (const cause of [problem('SERVER_UNREACHABLE'), problem('INVALID_INPUT')])
      expect(afterFailure({ ...keyed, state }, cause, now).state).toBe(state);
  });

  it.each(['FAILED', 'REJECTED', 'CANCELLED'] as const)('one that ends %s lets go of its key; an issued one keeps it', (state) => {
    expect(settled(keyed, state, undefined, now)).toMatchObject({ keyItemId: undefined, csr: undefined });
    expect(settled(keyed, 'ISSUED', undefined, now)).toMatchObject({ keyItemId: keyed.keyItemId, csr: keyed.csr });
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

describe('after the CA’s answer', () => {
  const failed: Order = { ...keyed, problem: problem('ISSUER_UNREACHABLE'), attempts: 3 };
  it('what failed before is told no more', () => expect(withView(failed, view('pending'), now).problem).toBeUndefined());

  it('that we did not see a file stands until the names are shown', () => {
    const doubtful: Order = { ...keyed, problem: unseen };
    expect(withView(doubtful, view('pending'), now).problem).toEqual(unseen);
    expect(withView(doubtful, view('ready'), now).problem).toBeUndefined();
    expect(withView(doubtful, view('pending', { problem: refusal }), now).problem).toEqual(refusal);
  });
});

describe('after a failed step', () => {
  it('what may pass is tried again, later and later, and the cause is kept', () => {
    const down = problem('ISSUER_UNREACHABLE', { issuer: 'local-ca', detail: 'x' });
    const once = afterFailure(keyed, down, now);
    expect(once).toMatchObject({ attempts: 1, wakeAt: plus(now, seconds(1)), problem: down, state: 'PLACED' });
    expect(afterFailure(once, down, now)).toMatchObject({ attempts: 2, wakeAt: plus(now, seconds(2)) });
    expect(afterFailure(keyed, { ...down, retryAfter: now + 90_000 }, now).wakeAt).toBe(now + 90_000);
    // Not past the deadline, at which it ends; what is issued already is asked for after it, too.
    const { deadline } = keyed;
    const late = { ...down, retryAfter: plus(deadline, seconds(90)) };
    expect(afterFailure(keyed, late, now).wakeAt).toBe(deadline);
    expect(afterFailure(keyed, late, deadline).wakeAt).toBe(late.retryAfter);
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
    ['the customer where the CA does not find a file', { ...keyed, problem: problem('VALIDATION_FAILED') }, 'CUSTOMER'],
    ['the customer where we do not', { ...keyed, problem: unseen }, 'CUSTOMER'],
    ['the CA while it signs', { ...keyed, state: 'ISSUING', view: view('processing') }, 'CA'],
    ['Hostseal otherwise', keyed, 'HOSTSEAL'],
  ])('%s', (_, order, who) => expect(waitingFor(order)).toBe(who));
});
