import { randomBytes } from 'node:crypto';
import type { Random } from '../values/random.js';

/** The operating system's generator. */
export class SystemRandom implements Random {
  bytes(length: number): Uint8Array {
    return new Uint8Array(randomBytes(length));
  }
}
