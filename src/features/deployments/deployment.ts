/**
 * A change of a server, from plan to proof. The rules, readable alone: which state leads to which step.
 * What is served never gets worse: nothing is swapped in before it was rehearsed, and nothing stays that was not proven.
 */
import type { CertificateName, Hostname } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Problem } from '../../values/problems/problem.js';

export const DEPLOYMENT_STATES = ['PLANNED', 'STAGED', 'REHEARSED', 'APPLIED', 'UNDOING', 'SERVED', 'REFUSED', 'UNDONE', 'STUCK'] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

/** One binding of the change. */
export type PlannedChange = {
  readonly bindingId: Id<'binding'>;
  readonly accountId: Id<'account'>;
  readonly address: IpAddress;
  readonly port: number;
  readonly name: Hostname;
  readonly certificateId: Id<'certificate'>;
  readonly issuerId: string;
  /** What the server shows there before. */
  readonly from: readonly string[];
  /** What it shall show. */
  readonly to: string;
};
export type PlannedRemoval = { readonly address: IpAddress; readonly port: number; readonly name: CertificateName };

export type Deployment = {
  readonly id: Id<'deployment'>;
  readonly serverId: Id<'server'>;
  readonly state: DeploymentState;
  /** The server's number for the staged change. */
  readonly generation?: number;
  readonly changes: readonly PlannedChange[];
  readonly removals: readonly PlannedRemoval[];
  /** Why it was refused or undone; `sub` names each binding. */
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

/** The bindings that a failure is the fault of; all of them where it names none. */
export function blamed(deployment: Deployment, problem: Problem): readonly PlannedChange[] {
  const named = new Set(problem.sub.map((part) => part.subject));
  const found = deployment.changes.filter((change) => named.has(change.bindingId));
  return found.length > 0 ? found : deployment.changes;
}

/**
 * Why the deployment did not serve this binding, told so that any tenant of the server may read it: the binding's own part, or what
 * befell the whole server, without the parts that name others. Undefined where it was not to blame.
 */
export function refusalOf(deployment: Deployment, bindingId: string): Problem | undefined {
  const { problem } = deployment;
  if (!problem || !blamed(deployment, problem).some((change) => change.bindingId === bindingId)) return undefined;
  const { code, facts } = problem.sub.find((part) => part.subject === bindingId) ?? problem;
  return { code, facts, sub: [] };
}
