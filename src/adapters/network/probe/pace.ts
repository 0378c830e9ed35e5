/** How fast one address is asked. */
import { setTimeout as after } from 'node:timers/promises';

/** OURS: a server of this platform, as fast as it answers. POLITE: somebody else's, who may take us for an attack. */
export type Pace = 'OURS' | 'POLITE';

/** Between two connections. Firewalls that count new connections look at about ten a second. */
const SPACING_MS: Readonly<Record<Pace, number>> = { OURS: 0, POLITE: 75 };
/** Doubled with every connection that breaks off; at the end of it a check of forty questions still ends in time. */
const FIRST_STEP_BACK_MS = 50;
const MAX_SPACING_MS = 800;

export class Pacer {
  #spacingMs: number;
  #nextAt = 0;

  constructor(pace: Pace) {
    this.#spacingMs = SPACING_MS[pace];
  }

  /** Resolves when the next connection may begin. */
  async turn(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#spacingMs;
    if (at > now) await after(at - now);
  }

  /** A connection broke off: perhaps it was one too many. */
  stepBack(): void {
    this.#spacingMs = Math.min(MAX_SPACING_MS, Math.max(FIRST_STEP_BACK_MS, this.#spacingMs * 2));
  }
}
