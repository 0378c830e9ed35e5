/** What `hostseal secure` says to a person: data in, lines out. */
import { STEP_TITLES } from '../../cores/tls/step-details.js';
import { daysLeft } from '../days-left.js';
import { endpointText } from '../../values/ip-address.js';
import type { Instant } from '../../values/instant.js';
import type { Paint } from '../terminal.js';
import { problemLines } from '../told-problem.js';
import type { Next, Verdict } from './decide.js';
import type { BindingView, EventView, ObservationView, OrderView, SiteView } from './site-view.js';

/** `bücher.example (xn--bcher-kva.example)`: letters of one script can look like those of another; the A-label cannot deceive. */
export const nameList = ({ names, displayNames }: Pick<SiteView, 'names' | 'displayNames'>): string =>
  names.map((name, i) => (displayNames[i] === name ? name : `${displayNames[i]} (${name})`)).join(', ');

export function startLines(next: Exclude<Next, { do: 'rest' | 'order' }> | { do: 'ordered'; order: OrderView }, paint: Paint): string[] {
  const { id, price } = next.order;
  switch (next.do) {
    case 'ordered':
      return [paint('bold', `Order ${id}, ${price.amount} ${price.currency} a year.`)];
    case 'follow':
      return [paint('bold', `Order ${id} is under way: following it.`)];
    case 'prove':
      return [paint('bold', `Order ${id} was issued already: waiting for the proof that its certificate is served.`)];
    default:
      return next satisfies never;
  }
}

export const securedAlready = (site: SiteView, now: Instant, paint: Paint): string[] => [
  paint('green', `${nameList(site)}: secure already.`),
  ...expiryLines(site.bindings, now),
  'A new certificate is ordered with --renew.',
];

const MARKS = { INTENT: ['dim', '…'], DONE: ['green', '✓'], FAILED: ['red', '✗'] } as const;

/** A line of an order's timeline; what went wrong in it below. What to do about it is said at the end, if it stays wrong. */
export function eventLines({ at, step, phase, because, problem }: EventView, paint: Paint): string[] {
  const [style, mark] = MARKS[phase];
  const line = `${timeOf(at)}  ${paint(style, mark)} ${step.padEnd(10)} ${phase === 'INTENT' ? paint('dim', because) : because}`;
  return [line, ...(problem ? [`${' '.repeat(16)}${problem.message} [${problem.code}]`] : [])];
}

/** Once the certificate is there: where it has to be proven. */
export function installLine({ bindings }: SiteView, paint: Paint): string {
  const places = [...new Set(bindings.map(endpointText))].join(' and ');
  return `${' '.repeat(12)}  ${paint('dim', '…')} ${'install'.padEnd(10)} ${paint('dim', `to be proven by handshakes with ${places}`)}`;
}

export function verdictLines(verdict: Exclude<Verdict, { outcome: 'UNDER_WAY' }>, site: SiteView, now: Instant, paint: Paint): string[] {
  switch (verdict.outcome) {
    case 'SECURE':
      return [
        ...site.bindings.flatMap(({ observation }) => (observation ? handshakeLines(observation) : [])),
        paint('green', `${nameList(site)}: secure, proven by a handshake at each address.`),
        ...expiryLines(site.bindings, now),
      ];
    case 'FAILED':
      return [paint('red', `${nameList(site)}: the order failed.`), ...(verdict.problem ? problemLines(verdict.problem, '  ') : [])];
    case 'NOT_INSTALLED':
      return [
        paint('red', `${nameList(site)}: the certificate was issued, but not proven where it was installed. What was served before stays.`),
        ...(verdict.problem ? problemLines(verdict.problem, '  ') : []),
        `  Hostseal tries again by itself at ${verdict.retryAt}.`,
      ];
    default:
      return verdict satisfies never;
  }
}

const WAITING: Readonly<Record<string, string>> = {
  CUSTOMER: 'the owner of the names',
  RESELLER: "the reseller's approval",
  CA: 'the certificate authority',
  HOSTSEAL: 'Hostseal',
};

/** Why it takes so long, as far as it is known. */
export function timedOutLines(order: OrderView, site: SiteView, seconds: number, paint: Paint): string[] {
  const waitsFor = WAITING[order.waitingFor];
  return [
    paint('yellow', `Not done after ${seconds} seconds. The order goes on${waitsFor ? `; it waits for ${waitsFor}` : ''}.`),
    ...(order.problem ? problemLines(order.problem, '  ') : []),
    ...(order.state === 'ISSUED' ? site.security.findings.flatMap(({ problem }) => (problem ? problemLines(problem, '  ') : [])) : []),
    lookAgain(site.names),
  ];
}

export const lookAgain = (names: readonly string[]): string =>
  `Look at it again with: hostseal secure ${names.join(' ')}, or hostseal status --site ${names[0]}`;

/** The five steps as they were observed, for one address and name. */
export function handshakeLines({ name, address, port, proven, steps }: ObservationView): string[] {
  const lines = steps.map(
    ({ step, afterMs, detail }, i) => `  ${i + 1}. ${STEP_TITLES[step].padEnd(13)} ${afterMs.toFixed(1).padStart(6)} ms  ${detail}`,
  );
  return [`${proven ? 'proven' : 'not proven'}: ${name ?? 'no name'} at ${endpointText({ address, port })}`, ...lines];
}

function expiryLines(bindings: readonly BindingView[], now: Instant): string[] {
  const certificates = new Map(bindings.flatMap(({ certificate }) => (certificate ? [[certificate.id, certificate] as const] : [])));
  return [...certificates.values()].map(
    ({ serial, notAfter }) => `  Certificate ${serial}, until ${notAfter} (${daysLeft(notAfter, now)} days left).`,
  );
}

/** `22:38:25.120`, UTC. */
const timeOf = (at: string): string => at.slice(11, 23);
