/** What the family knows of cPanel: a server is made of where it is asked, and of what the process has to ask with. */
import type { Clock } from '../../../values/clock.js';
import type { MemberState } from '../../member-state.js';
import type { Dialer } from '../../network/dialing/dialer.js';
import type { Prober } from '../../network/prober.js';
import type { DrivenServer, ServerInstaller } from '../installer.js';
import { openApi } from './api/open-api.js';
import type { CpanelPlace } from './cpanel-place.js';
import { CpanelInstaller } from './cpanel.installer.js';
import { GenerationBook } from './generation-book.js';

/** Longer than cPanel takes to install a certificate on a machine that is busy. */
const CALL_TIMEOUT_MS = 120_000;
/** Longer than a restart of Apache with thousands of websites takes. */
const SETTLE_MS = 60_000;

type Means = {
  readonly dialer: Dialer;
  readonly prober: Prober;
  readonly clock: Clock;
  /** PEM: trusted for the API beside the public roots. */
  readonly roots: readonly string[];
  readonly stateOf: (member: string) => MemberState;
};

/** Keeps the connections to one server's API. */
export function cpanelMaker(
  place: CpanelPlace,
  { dialer, prober, clock, roots, stateOf }: Means,
): (server: DrivenServer) => ServerInstaller {
  const api = openApi(place, { dialer, roots, timeoutMs: CALL_TIMEOUT_MS });
  return ({ id, listeners }) =>
    new CpanelInstaller({
      ...{ serverName: id, api, listeners, prober, clock },
      book: new GenerationBook(stateOf(`cpanel:${id}`)),
      settleMs: SETTLE_MS,
    });
}
