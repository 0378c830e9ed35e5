import { instant, type Instant } from '../values/instant.js';
import type { Clock } from '../values/clock.js';

/** The machine's own clock. */
export class SystemClock implements Clock {
  now(): Instant {
    return instant(Date.now());
  }
}
