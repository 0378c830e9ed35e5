/** Follows an order until it has come to its end, and tells what is new. The platform may restart meanwhile: the order goes on. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Deadline } from '../../adapters/network/dialing/deadline.js';
import { ok, type Result } from '../../values/result.js';
import { EXIT, type Failure } from '../exit-codes.js';
import type { Api } from '../platform/api.js';
import type { Terminal } from '../terminal.js';
import { verdictOn, type Verdict } from './decide.js';
import { eventLines, installLine } from './lines.js';
import { PROGRESS, type EventView, type OrderView, type Progress, type SiteView } from './site-view.js';

export type Followed = {
  readonly order: OrderView;
  readonly site: SiteView;
  /** UNDER_WAY: the time is up. */
  readonly verdict: Verdict;
};

/** Often enough that a person sees each step; a hundredth of what a token may ask by default. */
const POLL_MS = 500;
/** To a platform that restarts, or that finds us asking too often. */
const LOST_POLL_MS = 2_000;

/** Ends with the verdict, with UNDER_WAY or the last failure when the time is up, or with a failure that does not pass by itself. */
export async function followOrder(api: Api, orderId: string, deadline: Deadline, terminal: Terminal): Promise<Result<Followed, Failure>> {
  const narrate = narrator(terminal);
  for (;;) {
    const seen = await look(api, orderId);
    if (seen.ok) narrate.progress(seen.value);
    const ended = seen.ok ? seen.value.verdict.outcome !== 'UNDER_WAY' : !passes(seen.problem);
    if (ended || deadline.remainingMs === 0) return seen;
    if (!seen.ok) narrate.lost(seen.problem);
    await delay(Math.min(seen.ok ? POLL_MS : LOST_POLL_MS, deadline.remainingMs));
  }
}

async function look(api: Api, id: string): Promise<Result<Followed, Failure>> {
  const progress = await api.ask<Progress>(PROGRESS, { id });
  if (!progress.ok) return progress;
  const { site, ...order } = progress.value.order;
  return ok({ order, site, verdict: verdictOn(order, site) });
}

/** Worth another question: a platform that restarts, or a token that asks too often. */
const passes = ({ exitCode, problem }: Failure): boolean => exitCode === EXIT.OUT_OF_REACH || problem.code === 'RATE_LIMITED';

/** What came of a step says what it was to be: an intent is news only while nothing has come of it. */
const newest = (timeline: readonly EventView[], told: number): readonly EventView[] =>
  timeline.slice(told).filter(({ phase }, i, news) => phase !== 'INTENT' || i === news.length - 1);

/** Says each thing once. */
function narrator({ say, paint }: Terminal) {
  let told = 0;
  let installing = false;
  let lost = false;
  return {
    progress({ order, site }: Followed) {
      lost = false;
      const { timeline } = order;
      for (const event of newest(timeline, told)) say(...eventLines(event, paint));
      told = Math.max(told, timeline.length);
      if (installing || order.state !== 'ISSUED' || site.bindings.length === 0) return;
      installing = true;
      say(installLine(site, paint));
    },
    lost({ problem }: Failure) {
      if (!lost) say(paint('yellow', `${problem.message} The order goes on; asking again.`));
      lost = true;
    },
  };
}
