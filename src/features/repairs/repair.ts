/**
 * What is done about a finding, from the call to the proof. Everything goes the way of every other change (bindings, deployment, proof or undo;
 * an order for another certificate), and it is done when a full check begun afterwards no longer shows the finding.
 */
import type { Repair as RepairKind } from '../../cores/tls/diagnosis/diagnosis.js';
import type { Actor } from '../../values/actor.js';
import type { Id } from '../../values/id.js';
import { hours, plus, seconds, type Duration, type Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';
import type { Finding } from '../findings/finding.js';
import type { Site } from '../sites/site.js';

export const REPAIR_STATES = ['ASKED', 'RUNNING', 'PROVEN', 'UNDONE', 'FAILED'] as const;
export type RepairState = (typeof REPAIR_STATES)[number];

/** What goes on meanwhile. `from`: a check counts that was begun then, or later. */
export type WaitsFor =
  | { readonly what: 'DEPLOYMENT'; readonly bindingIds: readonly string[] }
  | { readonly what: 'ORDER'; readonly orderId: Id<'order'> }
  | { readonly what: 'CHECK'; readonly checkId: string; readonly from: Instant };

export type Repair = {
  readonly id: Id<'repair'>;
  readonly accountId: Id<'account'>;
  readonly siteId: Id<'site'>;
  readonly findingId: Id<'finding'>;
  readonly kind: RepairKind;
  readonly state: RepairState;
  /** In whose name something is ordered. */
  readonly askedBy: Actor;
  readonly waitsFor?: WaitsFor;
  /** The order that was placed for it. */
  readonly orderId?: Id<'order'>;
  /** Why it was undone, or failed; while it runs, why the last try did. */
  readonly problem?: Problem;
  readonly createdAt: Instant;
  /** When it is looked at again. */
  readonly wakeAt: Instant;
  readonly finishedAt?: Instant;
};

/** Where a step leads. */
export type Advance =
  /** `as`: something else is tried now. */
  | { readonly to: 'WAIT'; readonly for?: WaitsFor; readonly as?: RepairKind; readonly problem?: Problem }
  | { readonly to: 'PROVEN' }
  | { readonly to: 'UNDONE' | 'FAILED'; readonly problem: Problem };

/** An order of a CA that asks nobody takes a day at most; all else comes to its end in minutes. */
const LONGEST = hours(26);
const LOOK_AGAIN: Readonly<Record<WaitsFor['what'], Duration>> = { DEPLOYMENT: seconds(1), ORDER: seconds(5), CHECK: seconds(15) };
/** A server that is busy or away is asked again. */
const TRY_AGAIN = seconds(5);

export function advanced(repair: Repair, advance: Advance, now: Instant): Repair {
  const { problem: _, ...before } = repair;
  if (advance.to !== 'WAIT') {
    const problem = 'problem' in advance ? { problem: advance.problem } : {};
    return { ...before, state: advance.to, ...problem, finishedAt: now };
  }
  const waitsFor = advance.for ?? repair.waitsFor;
  const ordered = waitsFor?.what === 'ORDER' ? { orderId: waitsFor.orderId } : {};
  const state = waitsFor ? 'RUNNING' : 'ASKED';
  const again = waitsFor ? LOOK_AGAIN[waitsFor.what] : TRY_AGAIN;
  const kind = advance.as ?? repair.kind;
  return { ...before, ...ordered, kind, state, waitsFor, wakeAt: plus(now, again), ...(advance.problem && { problem: advance.problem }) };
}

/** What hangs comes to an end. */
export const isLate = ({ createdAt }: Repair, now: Instant): boolean => now > plus(createdAt, LONGEST);

/** What a step is told. */
export type Matter = { readonly repair: Repair; readonly finding: Finding; readonly site: Site; readonly now: Instant };
