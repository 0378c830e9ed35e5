/** A handshake that was seen at a binding, why it was made, and whether it proved what it had to. */
import type { Observation } from '../../cores/tls/observation.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';

/** BEFORE a change, its REHEARSAL on a private socket, AFTER it, after it was UNDONE, or a CHECK at any time. */
export const OCCASIONS = ['BEFORE', 'REHEARSAL', 'AFTER', 'UNDONE', 'CHECK'] as const;
export type Occasion = (typeof OCCASIONS)[number];

export type SeenHandshake = {
  readonly id: Id<'observation'>;
  readonly accountId: Id<'account'>;
  readonly bindingId: Id<'binding'>;
  readonly deploymentId?: Id<'deployment'>;
  readonly occasion: Occasion;
  readonly at: Instant;
  /** Of the leaf that was shown, SHA-256, hex. */
  readonly fingerprint?: string;
  readonly observation: Observation;
  /** Why it proved nothing. */
  readonly problem?: Problem;
};
