/** How fast one address is asked. */
import { setTimeout as after } from 'node:timers/promises';
import type { IpAddress } from '../../../../values/ip-address.js';
import type { CheckRequest, Pace } from '../../site-checker.js';

/** Between two connections. Firewalls that count new connections look at about ten a second. */
const SPACING_MS: Readonly<Record<Pace, number>> = { OURS: 0, POLITE: 75 };
/** Doubled with every connection that breaks off; at the end of it a check of forty questions still ends in time. */
const FIRST_STEP_BACK_MS = 50;
const MAX_SPACING_MS = 800;

export const paceAt = ({ pace, ours }: Pick<CheckRequest, 'pace' | 'ours'>, address: IpAddress): Pace =>
  ours?.has(address) ? 'OURS' : pace;

export class Pacer {
  readonly #usualMs: number;
  #spacingMs: number;
  #nextAt = 0;

  constructor(pace: Pace) {
    this.#usualMs = this.#spacingMs = SPACING_MS[pace];
  }

  /** Resolves when the next connection may begin, or when it is no longer wanted. */
  async turn(stopped: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#spacingMs;
    if (at > now) await after(at - now, undefined, { signal: stopped }).catch(() => {});
  }

  /** It answers: what broke off before was no matter of how fast it is asked. */
  goOn(): void {
    const halved = this.#spacingMs / 2;
    this.#spacingMs = Math.max(this.#usualMs, halved < FIRST_STEP_BACK_MS ? 0 : halved);
  }

  /** A connection broke off: perhaps it was one too many. */
  stepBack(): void {
    this.#spacingMs = Math.min(MAX_SPACING_MS, Math.max(FIRST_STEP_BACK_MS, this.#spacingMs * 2));
  }
}
