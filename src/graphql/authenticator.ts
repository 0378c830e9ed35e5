import type { Actor } from '../values/actor.js';

/** The port through which the edge learns who calls; the room accounts fulfils it. */
export interface Authenticator {
  /** Undefined for a token that is unknown, expired or revoked: the three look the same from outside. */
  authenticate(token: string): Promise<Actor | undefined>;
}
/** Nest token. */
export const AUTHENTICATOR = Symbol('Authenticator');
