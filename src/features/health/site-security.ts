/** What the newest handshakes say about a site. "Secure" is this answer, made anew each time; nothing stores it. */
import type { Health } from '../../cores/tls/health.js';
import { judgeHealth, type Promised } from '../../cores/tls/health.js';
import type { Observation } from '../../cores/tls/observation.js';
import { minutes, type Instant } from '../../values/instant.js';

/** A handshake older than this says nothing about now. */
export const FRESH_FOR = minutes(30);
/** Every binding is looked at this often: well within FRESH_FOR, so that one lost round does not turn a site UNKNOWN. */
export const CHECK_EVERY = minutes(10);

export const siteSecurity = (promises: readonly Promised[], observations: readonly Observation[], now: Instant): Health =>
  judgeHealth(promises, observations, { now, freshFor: FRESH_FOR });
