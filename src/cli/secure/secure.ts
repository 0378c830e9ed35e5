/** `hostseal secure`: from a name to handshakes that prove its certificate. Every step may be repeated; a repetition goes on. */
import { Deadline } from '../../adapters/network/dialing/deadline.js';
import type { Clock } from '../../values/clock.js';
import { ok, type Result } from '../../values/result.js';
import type { SecureOptions } from '../command-line.js';
import { EXIT, type ExitCode, type Failure } from '../exit-codes.js';
import type { Api } from '../platform/api.js';
import type { Terminal } from '../terminal.js';
import { nextFor, type Next, type Verdict } from './decide.js';
import { ensureSite, type EnsuredSite } from './ensure-site.js';
import { followOrder, type Followed } from './follow.js';
import { idempotencyKey } from './idempotency-key.js';
import { lookAgain, nameList, securedAlready, startLines, timedOutLines, verdictLines } from './lines.js';
import { START_CHECK, PLACE_ORDER, RENEW_CERTIFICATE, type OrderView, type SiteView } from './site-view.js';

type Surroundings = { readonly api: Api; readonly terminal: Terminal; readonly clock: Clock };
/** How it ended, for `--json`. */
type Outcome = Exclude<Verdict['outcome'], 'UNDER_WAY'> | 'SECURE_ALREADY' | 'TIMED_OUT' | 'INTERRUPTED';

const EXIT_OF: Readonly<Record<Outcome, ExitCode>> = {
  SECURE: EXIT.OK,
  SECURE_ALREADY: EXIT.OK,
  FAILED: EXIT.FAILED,
  NOT_INSTALLED: EXIT.FAILED,
  TIMED_OUT: EXIT.TIMED_OUT,
  INTERRUPTED: EXIT.INTERRUPTED,
};

/** `interrupted` resolves at Ctrl-C: then nothing more is watched, and what was ordered goes on. */
export async function secure(options: SecureOptions, around: Surroundings, interrupted: Promise<'INTERRUPTED'>): Promise<ExitCode> {
  const { terminal } = around;
  const result = await Promise.race([run(options, around), interrupted]);
  if (result === 'INTERRUPTED') {
    terminal.say('', 'Stopped watching. What was ordered goes on.', lookAgain(options.names));
    terminal.document({ outcome: result, names: options.names });
    return EXIT_OF[result];
  }
  if (result.ok) return result.value;
  terminal.fail(result.problem);
  return result.problem.exitCode;
}

async function run(options: SecureOptions, around: Surroundings): Promise<Result<ExitCode, Failure>> {
  const { api, terminal, clock } = around;
  const deadline = new Deadline(options.timeoutSeconds * 1000);
  const ensured = await ensureSite(api, options.names);
  if (!ensured.ok) return ensured;
  const { site } = ensured.value;
  terminal.say(...siteLines(ensured.value));

  const next = nextFor(site, { renew: options.renew, now: clock.now() });
  if (next.do === 'rest') {
    terminal.say(...securedAlready(site, clock.now(), terminal.paint));
    return ok(finish('SECURE_ALREADY', { site, order: site.latestOrder }, terminal));
  }
  const order = await orderFor(next, site, around);
  if (!order.ok) return order;
  terminal.say(...startLines(next.do === 'order' ? { do: 'ordered', order: order.value } : next, terminal.paint));
  const followed = await followOrder(api, order.value.id, deadline, terminal);
  return followed.ok ? ok(conclude(followed.value, options, around)) : followed;
}

const siteLines = ({ site, created, added }: EnsuredSite): string[] => [
  ...added.map((name) => `Domain ${name} added.`),
  `Site ${site.id}${created ? ' made' : ''}: ${nameList(site)}`,
];

async function orderFor(
  next: Exclude<Next, { do: 'rest' }>,
  site: SiteView,
  { api, clock }: Surroundings,
): Promise<Result<OrderView, Failure>> {
  switch (next.do) {
    case 'follow':
      return ok(next.order);
    case 'prove': {
      // A look now: the last one may be minutes old. Each call is a new intent.
      const looked = await api.change(START_CHECK, { siteId: site.id, key: idempotencyKey('check', site.id, clock.now()) });
      return looked.ok ? ok(next.order) : looked;
    }
    case 'order': {
      // Keyed by the order before it: of two commands at once the second gets the first one's order.
      const key = idempotencyKey('order', site.id, site.latestOrder?.id ?? 'first');
      const placed = await (next.renews === undefined
        ? api.change<{ order: OrderView }>(PLACE_ORDER, { input: { siteId: site.id }, key })
        : api.change<{ order: OrderView }>(RENEW_CERTIFICATE, { input: { certificateId: next.renews }, key }));
      return placed.ok ? ok(placed.value.order) : placed;
    }
    default:
      return next satisfies never;
  }
}

function conclude({ order, site, verdict }: Followed, { timeoutSeconds }: SecureOptions, { terminal, clock }: Surroundings): ExitCode {
  if (verdict.outcome === 'UNDER_WAY') {
    terminal.say(...timedOutLines(order, site, timeoutSeconds, terminal.paint));
    return finish('TIMED_OUT', { site, order }, terminal);
  }
  terminal.say(...verdictLines(verdict, site, clock.now(), terminal.paint));
  return finish(verdict.outcome, { site, order, ...('problem' in verdict && { problem: verdict.problem }) }, terminal);
}

/** The document of `--json` (docs/cli.md), and the exit code. */
function finish(outcome: Outcome, facts: { site: SiteView; order: OrderView | null; problem?: unknown }, terminal: Terminal): ExitCode {
  const { latestOrder: _, ...site } = facts.site;
  terminal.document({ outcome, site, order: facts.order, problem: facts.problem ?? null });
  return EXIT_OF[outcome];
}
