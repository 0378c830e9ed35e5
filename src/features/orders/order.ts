/**
 * The rules of an order, readable alone: its states, and the one next thing to do. Pure: an order, the CA's last answer and the
 * time go in, a Step comes out. issuance/advance-order.job.ts does the step and writes what came of it.
 */
import type { KeyAlgorithm } from '../../cores/pki/encoding/key-algorithm.js';
import type { CertificateName, Hostname } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import { instant, minutes, plus, seconds, toIso, type Duration, type Instant } from '../../values/instant.js';
import type { Money } from '../../values/money.js';
import { CATALOGUE } from '../../values/problems/catalogue.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { covers, type ChallengeCheck, type Outlook } from './challenge-check.js';

/** The closed list. AWAITING_APPROVAL and VETTING are for orders that people decide on (OV, EV). */
export const ORDER_STATES = [
  'PLACED',
  'AWAITING_APPROVAL',
  'VALIDATING',
  'VETTING',
  'ISSUING',
  'ISSUED',
  'FAILED',
  'REJECTED',
  'CANCELLED',
  'REVOKED',
  'EXPIRED',
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** The one list of what may follow what: order-book.service.ts writes nothing else. */
export const TRANSITIONS: Readonly<Record<OrderState, readonly OrderState[]>> = {
  PLACED: ['AWAITING_APPROVAL', 'VALIDATING', 'VETTING', 'ISSUING', 'FAILED', 'REJECTED', 'CANCELLED'],
  AWAITING_APPROVAL: ['VALIDATING', 'VETTING', 'REJECTED', 'CANCELLED', 'FAILED'],
  VALIDATING: ['VETTING', 'ISSUING', 'FAILED', 'REJECTED', 'CANCELLED'],
  VETTING: ['VALIDATING', 'ISSUING', 'FAILED', 'REJECTED', 'CANCELLED'],
  ISSUING: ['VALIDATING', 'ISSUED', 'FAILED', 'REJECTED'],
  ISSUED: ['REVOKED', 'EXPIRED'],
  FAILED: [],
  REJECTED: [],
  CANCELLED: [],
  REVOKED: [],
  EXPIRED: [],
};

export const mayBecome = (from: OrderState, to: OrderState): boolean => from === to || TRANSITIONS[from].includes(to);

/** Nothing is worked on in these: whatever is worked on may fail. */
export const SETTLED: readonly OrderState[] = ORDER_STATES.filter((state) => !TRANSITIONS[state].includes('FAILED'));
/** Nothing was issued in these, and nothing is being signed. */
export const CANCELLABLE: readonly OrderState[] = ORDER_STATES.filter((state) => TRANSITIONS[state].includes('CANCELLED'));

/** Who has to act now. */
export type WaitingFor = 'CUSTOMER' | 'RESELLER' | 'CA' | 'HOSTSEAL' | 'NOBODY';

export type ChallengeFile = { readonly id: string; readonly name: Hostname; readonly path: string; readonly body: string };
/** `laid`: absent until it is known to lie there. */
export type PresentedFile = ChallengeFile & { readonly laid?: true };
export type CaView = {
  readonly locator: string;
  readonly status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';
  readonly challenges: readonly (ChallengeFile & { readonly status: 'pending' | 'processing' | 'valid' | 'invalid' })[];
  readonly problem?: Problem;
  readonly askAgainAt: Instant;
};

export type Order = {
  readonly id: Id<'order'>;
  readonly accountId: Id<'account'>;
  readonly siteId: Id<'site'>;
  readonly productId: Id<'product'>;
  readonly issuerId: string;
  readonly level: 'DV' | 'OV' | 'EV';
  readonly names: readonly CertificateName[];
  readonly keyAlgorithm: KeyAlgorithm;
  /** Its certificate comes beside that of the site, as the other of an RSA and an ECDSA pair. */
  readonly beside: boolean;
  readonly price: Money;
  readonly state: OrderState;
  readonly keyItemId?: Id<'vault'>;
  /** PKCS #10, DER. */
  readonly csr?: Uint8Array;
  /** Since when the CA may have been asked: after a crash it is asked what it knows before anything is placed. */
  readonly placingSince?: Instant;
  readonly view?: CaView;
  /** Files that may lie on the server, written down before they are laid. */
  readonly presented: readonly PresentedFile[];
  /** What our own look for them showed. */
  readonly check?: ChallengeCheck;
  /** Failed tries of the present step in a row. */
  readonly attempts: number;
  readonly certificateId?: Id<'certificate'>;
  /** The certificate that it renews. */
  readonly replacesId?: Id<'certificate'>;
  /** Why it failed, or why the last try did. */
  readonly problem?: Problem;
  readonly deadline: Instant;
  readonly wakeAt: Instant;
  readonly createdAt: Instant;
  readonly finishedAt?: Instant;
};

/** A line of the timeline: what was meant to be done, what came of it, in words that a person can read. */
export type OrderEvent = {
  readonly at: Instant;
  /** The Step's verb, or `place` and `cancel` for what a caller did. */
  readonly step: string;
  readonly phase: 'INTENT' | 'DONE' | 'FAILED';
  readonly because: string;
  readonly problem?: Problem;
};

export type Step =
  | { readonly do: 'makeKey' | 'startAtCa' | 'poll' | 'finalize' | 'download' }
  | { readonly do: 'rest' }
  | { readonly do: 'present' | 'check' | 'cleanUp'; readonly files: readonly ChallengeFile[] }
  | { readonly do: 'respond'; readonly challengeIds: readonly string[] }
  | { readonly do: 'settle'; readonly as: 'FAILED' | 'REJECTED'; readonly problem: Problem }
  | { readonly do: 'wait'; readonly until: Instant };

/** The next thing to do for an order. The same order and time always give the same step (RFC 8555 7.1.6). */
export function decide(order: Order, now: Instant): Step {
  const { view } = order;
  if (SETTLED.includes(order.state))
    return order.presented.length > 0 ? whenDue(order, now, { do: 'cleanUp', files: order.presented }) : { do: 'rest' };
  // Before the deadline is asked: what is paid for and issued is never thrown away.
  if (view?.status === 'valid') return whenDue(order, now, { do: 'download' });
  if (view?.status === 'invalid')
    return {
      do: 'settle',
      as: 'REJECTED',
      problem: withFindings(view.problem ?? problem('ISSUER_REFUSED', { issuer: order.issuerId, detail: 'no reason given' }), order.check),
    };
  if (now >= order.deadline) return { do: 'settle', as: 'FAILED', problem: tooLate(order) };
  // No CA hears of it before somebody has approved it.
  if (order.state === 'AWAITING_APPROVAL') return { do: 'wait', until: order.deadline };
  return whenDue(order, now, nextAtCa(order));
}

function nextAtCa(order: Order): Step {
  const { view } = order;
  if (!view) return { do: 'startAtCa' };
  // The key only now: for names whose control nobody showed, none is made and kept.
  if (view.status === 'ready') return { do: order.keyItemId ? 'finalize' : 'makeKey' };
  const open = view.challenges.filter((challenge) => challenge.status === 'pending');
  const laid = new Set(order.presented.filter((file) => file.laid).map((file) => file.id));
  const missing = open.filter((challenge) => !laid.has(challenge.id));
  if (missing.length > 0) return { do: 'present', files: missing };
  if (open.length === 0) return { do: 'poll' };
  const challengeIds = open.map((challenge) => challenge.id);
  const { check } = order;
  return check?.isOver && covers(check, challengeIds) ? { do: 'respond', challengeIds } : { do: 'check', files: open };
}

const whenDue = (order: Order, now: Instant, step: Step): Step => (now < order.wakeAt ? { do: 'wait', until: order.wakeAt } : step);

/** What the CA says, and what we saw before it. */
const withFindings = (cause: Problem, check: ChallengeCheck | undefined): Problem => ({
  ...cause,
  sub: [...cause.sub, ...(check?.findings ?? [])],
});

const tooLate = (order: Order): Problem =>
  problem(
    'DEADLINE_PASSED',
    { deadline: toIso(order.deadline), waitedFor: WAITED_FOR[order.view?.status ?? 'none'] },
    order.problem ? { sub: [order.problem] } : {},
  );

const WAITED_FOR: Readonly<Record<CaView['status'] | 'none', string>> = {
  none: 'the certificate authority had not taken it',
  pending: 'the certificate authority had not found control of the names shown',
  ready: 'the certificate authority had not taken the request',
  processing: 'the certificate authority had not signed it',
  valid: 'the certificate had not been fetched',
  invalid: 'the certificate authority had given it up',
};

/** The order after the CA's answer. */
export function withView(order: Order, view: CaView, now: Instant): Order {
  const waiting = (view.status === 'pending' || view.status === 'processing') && nextAtCa({ ...order, view }).do !== 'present';
  const wakeAt = waiting ? byDeadline(order, instant(Math.max(view.askAgainAt, plus(now, seconds(1)))), now) : now;
  return {
    ...order,
    view,
    state: view.status === 'pending' ? 'VALIDATING' : 'ISSUING',
    attempts: 0,
    wakeAt,
    // What failed before did not this time; what we did not see ourselves stands until the CA has looked.
    problem: view.problem ?? (view.status === 'pending' && isAboutFiles(order.problem) ? order.problem : undefined),
  };
}

/** The order after our own look for its files. */
export function withOutlook(order: Order, { check, pause, problem: cause }: Outlook, now: Instant): Order {
  return { ...order, check, attempts: 0, wakeAt: pause === undefined ? now : plus(now, pause), problem: cause };
}

/** The order after a step that failed: tried again later, or settled where trying cannot help. */
export function afterFailure(order: Order, cause: Problem, now: Instant): Order {
  if (!CATALOGUE[cause.code].retryable && !SETTLED.includes(order.state)) return settled(order, 'FAILED', cause, now);
  const attempts = order.attempts + 1;
  return { ...order, attempts, wakeAt: byDeadline(order, tryAgainAt(attempts, cause, now), now), problem: cause };
}

/** A CA that wants to be left alone for longer than an order may take does not keep it from ending. */
const byDeadline = ({ deadline }: Order, at: Instant, now: Instant): Instant => (now < deadline && deadline < at ? deadline : at);

/** After the n-th try in a row that failed; not before the other side said, where it did. */
export const tryAgainAt = (attempts: number, cause: Problem, now: Instant): Instant =>
  instant(Math.max(plus(now, backOff(attempts)), cause.retryAfter ?? 0));

/** An order that came to nothing lets go of its key. */
export function settled(order: Order, state: OrderState, cause: Problem | undefined, now: Instant): Order {
  const key = state === 'ISSUED' ? {} : { keyItemId: undefined, csr: undefined };
  return { ...order, ...key, state, attempts: 0, wakeAt: now, finishedAt: now, problem: cause };
}

/** 1, 2, 4 … seconds, at most five minutes: a CA that is down is asked gently, one that hiccuped at once. */
export const backOff = (attempts: number): Duration => Math.min(seconds(2 ** Math.min(attempts - 1, 10)), minutes(5)) as Duration;

/** Orders of one account that may be under way. Two hundred sites at once fit; with all of them, the edge has room for the files of twenty names each. */
export const MOST_OPEN_ORDERS = 500;

/** How long an order may take before it fails; people take part in OV and EV. */
export const LIFETIME_DAYS: Readonly<Record<Order['level'], number>> = { DV: 1, OV: 30, EV: 30 };

/** A file is not found, by the CA or by us before it. */
const isAboutFiles = (cause: Problem | undefined): boolean =>
  cause?.code === 'VALIDATION_FAILED' || cause?.code === 'CHALLENGE_FILE_NOT_SEEN';

export function waitingFor(order: Order): WaitingFor {
  if (SETTLED.includes(order.state)) return 'NOBODY';
  if (order.state === 'AWAITING_APPROVAL') return 'RESELLER';
  // The name does not lead here, which only its owner can change.
  if (isAboutFiles(order.problem)) return 'CUSTOMER';
  return order.view?.status === 'processing' || order.state === 'VETTING' ? 'CA' : 'HOSTSEAL';
}
