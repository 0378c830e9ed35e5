/**
 * A stranger who connects again and again, over a whole story: node:tls as the client, which trusts the given root
 * only. What it met on the way tells whether what is served got worse.
 */
import { createSecureContext, type SecureContext } from 'node:tls';
import { handshake, type Place } from './handshake.js';

export class Watch {
  /** Leaf fingerprints in the order in which they were met, each change once. */
  readonly shown: string[] = [];
  /** Every connection that failed, and why. */
  readonly failures: string[] = [];
  handshakes = 0;
  private stopped = false;
  private readonly looking: Promise<void>;

  /** `pauseMs` between two looks: without one they take a core. */
  constructor(
    place: Place,
    name: string,
    rootPem: string,
    private readonly pauseMs: number,
  ) {
    this.looking = this.look(place, name, createSecureContext({ ca: rootPem }));
  }

  async stop(): Promise<this> {
    this.stopped = true;
    await this.looking;
    return this;
  }

  private async look(place: Place, name: string, secureContext: SecureContext): Promise<void> {
    while (!this.stopped) {
      try {
        const { fingerprint } = await handshake(place, name, { rejectUnauthorized: true, secureContext });
        this.handshakes++;
        if (this.shown.at(-1) !== fingerprint) this.shown.push(fingerprint);
      } catch (error) {
        this.failures.push(error instanceof Error ? error.message : String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
    }
  }
}
