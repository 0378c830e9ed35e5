/**
 * A change of a server, from plan to proof. The rules, readable alone: which state leads to which step.
 * What is served never gets worse: nothing is swapped in before it was rehearsed, and nothing stays that was not proven.
 */
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';
import { placeText } from '../observations/seen-handshake.js';
import type { Plan } from '../placements/plan.js';
import { toldToTenants } from '../servers/server.js';

export const DEPLOYMENT_STATES = ['PLANNED', 'STAGED', 'REHEARSED', 'APPLIED', 'UNDOING', 'SERVED', 'REFUSED', 'UNDONE', 'STUCK'] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

export type Deployment = Plan & {
  readonly id: Id<'deployment'>;
  readonly serverId: Id<'server'>;
  readonly state: DeploymentState;
  /** The server's number for the staged change. */
  readonly generation?: number;
  /** Why it was refused or undone; `sub` names each binding, and each place of a removal. */
  readonly problem?: Problem;
  readonly createdAt: Instant;
  readonly finishedAt?: Instant;
};

export type DeploymentStep = 'stage' | 'rehearse' | 'apply' | 'prove' | 'undo';

/** The next step of each state; none where it has ended. */
export const NEXT_STEP: Readonly<Record<DeploymentState, DeploymentStep | undefined>> = {
  PLANNED: 'stage',
  STAGED: 'rehearse',
  REHEARSED: 'apply',
  APPLIED: 'prove',
  UNDOING: 'undo',
  SERVED: undefined,
  REFUSED: undefined,
  UNDONE: undefined,
  STUCK: undefined,
};

/** Where a step leads. A failed stage has changed nothing; after it there is something to take back. */
export const AFTER: Readonly<Record<DeploymentStep, { readonly done: DeploymentState; readonly failed: DeploymentState }>> = {
  stage: { done: 'STAGED', failed: 'REFUSED' },
  rehearse: { done: 'REHEARSED', failed: 'UNDOING' },
  apply: { done: 'APPLIED', failed: 'UNDOING' },
  prove: { done: 'SERVED', failed: 'UNDOING' },
  undo: { done: 'UNDONE', failed: 'STUCK' },
};

export const isOpen = (state: DeploymentState): boolean => NEXT_STEP[state] !== undefined;

/** What a failure is the fault of: the bindings and the places of removals that it names; all where it names none. */
export function blamed({ changes, removals }: Plan, problem: Problem): Plan {
  const named = new Set(problem.sub.map((part) => part.subject));
  const found = {
    changes: changes.filter((change) => named.has(change.bindingId)),
    removals: removals.filter((removal) => named.has(placeText(removal))),
  };
  return found.changes.length + found.removals.length > 0 ? found : { changes, removals };
}

/**
 * Why the deployment did not serve this binding, told so that any tenant of the server may read it: the binding's own part, or what
 * befell the whole server, without the parts that name others. Undefined where it was not to blame.
 */
export function refusalOf(deployment: Deployment, bindingId: string): Problem | undefined {
  const { problem } = deployment;
  if (!problem || !blamed(deployment, problem).changes.some((change) => change.bindingId === bindingId)) return undefined;
  const { code, facts } = problem.sub.find((part) => part.subject === bindingId) ?? toldToTenants(problem);
  return { code, facts, sub: [] };
}
