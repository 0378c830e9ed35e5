/** What `hostseal check` says to a person: data in, lines out. The verdict first, then why, then all that was seen. */
import type { AddressCheck } from '../../cores/tls/check/site-check.js';
import { tell, titleOf } from '../../cores/tls/diagnosis/catalogue.js';
import type { Diagnosis, Evidence, Severity, WhoActs } from '../../cores/tls/diagnosis/diagnosis.js';
import { toDisplay } from '../../values/hostname.js';
import { toText } from '../../values/instant.js';
import { endpointText } from '../../values/ip-address.js';
import { harmless, type Page, type Style } from '../terminal.js';
import { wrap } from '../wrap.js';
import { factLines } from './fact-lines.js';
import { stepLines } from './step-lines.js';
import type { Verdict } from './verdict.js';

export type CheckResult = { readonly evidence: Evidence; readonly findings: readonly Diagnosis[]; readonly verdict: Verdict };

export function checkLines({ evidence, findings, verdict }: CheckResult, page: Page): string[] {
  const { paint } = page;
  const { check, now } = evidence;
  const { addresses } = check;
  const judgedAt = now === check.at || Math.abs(now - check.at) < 3_600_000 ? [] : [`Certificates judged as of ${toText(now)}.`];
  return [
    `${paint('bold', subjectOf(check))}  ${paint('dim', effortOf(check))}`,
    ...judgedAt,
    '',
    paint(STYLES[verdict], `${MARKS[verdict]} ${verdictText(verdict, findings)}`),
    ...(findings.length === 0
      ? []
      : ['', ...findings.flatMap((finding) => findingLines(finding, addresses.ok ? addresses.value.length : 0, page))]),
    ...(addresses.ok ? placeLines(addresses.value, page) : []),
  ];
}

/** What is the same at another address is said once. */
function placeLines(places: readonly AddressCheck[], page: Page): string[] {
  const explained = places.find(({ baseline }) => baseline.session !== undefined);
  const seen: { facts: string; at: string }[] = [];
  return places.flatMap((place) => {
    const [heading, ...facts] = factLines(place, page);
    const known = seen.find((other) => other.facts === facts.join('\n'));
    seen.push({ facts: facts.join('\n'), at: endpointText(place) });
    const steps = place === explained || place.baseline.failure ? ['', ...stepLines(place, page)] : [];
    if (heading === undefined) return steps;
    return [...steps, '', heading, ...(known ? [page.paint('dim', `  the same as at ${known.at}`)] : facts)];
  });
}

function subjectOf({ name, port, startTls, addresses }: Evidence['check']): string {
  const first = addresses.ok ? addresses.value[0] : undefined;
  const shown = name === undefined ? '' : toDisplay(name);
  const who = name === undefined ? (first ? endpointText(first) : 'the server') : `${shown === name ? name : `${shown} (${name})`}:${port}`;
  return startTls ? `${who} (STARTTLS, ${startTls})` : who;
}

function effortOf({ at, tookMs, connections }: Evidence['check']): string {
  const { used, budget } = connections;
  const made = used < budget ? `${used} of at most ${budget} connections` : plural(used, 'connection');
  return `checked ${toText(at)} in ${(tookMs / 1000).toFixed(1)} s, ${made}`;
}

const STYLES: Readonly<Record<Verdict, Style>> = { FINE: 'green', WEAK: 'yellow', BROKEN: 'red', UNKNOWN: 'yellow', NOT_CHECKED: 'red' };
const MARKS: Readonly<Record<Verdict, string>> = { FINE: '✓', WEAK: '!', BROKEN: '✗', UNKNOWN: '?', NOT_CHECKED: '✗' };

function verdictText(verdict: Verdict, findings: readonly Diagnosis[]): string {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  switch (verdict) {
    case 'FINE':
      return 'Nothing is wrong.';
    case 'WEAK':
      return `It works, and ${plural(count('WEAK'), 'thing')} should not be left so.`;
    case 'BROKEN':
      return `Visitors are turned away, or cannot be safe: ${plural(count('BROKEN'), 'fault')}.`;
    case 'UNKNOWN':
      return 'Nothing wrong was found, but not all could be found out.';
    case 'NOT_CHECKED':
      return 'It could not be checked.';
    default:
      return verdict satisfies never;
  }
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const SEVERITIES: Readonly<Record<Severity, { readonly mark: string; readonly style: Style }>> = {
  BROKEN: { mark: '✗', style: 'red' },
  WEAK: { mark: '!', style: 'yellow' },
  UNKNOWN: { mark: '?', style: 'yellow' },
  NOTE: { mark: '·', style: 'dim' },
};
const WHO: Readonly<Record<WhoActs, string>> = {
  CUSTOMER: 'the owner of the site',
  RESELLER: 'the reseller',
  ADMIN: "the server's administrator",
  CA: 'the certificate authority',
  CDN: 'the CDN, or who configures it',
};

function findingLines(finding: Diagnosis, places: number, { paint, width }: Page): string[] {
  const { mark, style } = SEVERITIES[finding.severity];
  const { title, explanation, remedy } = tell(finding);
  // With one address alone it is always that one.
  const where = places > 1 ? finding.where.map(endpointText).join(', ') : '';
  const within = (text: string) => wrap(harmless(text), width - 4).map((line) => `    ${line}`);
  return [
    `${paint(style, `${mark} ${title}`)} ${paint('dim', `[${finding.cause}]`)}`,
    ...(where === '' || explanation.includes(where) ? [] : within(`At ${where}.`).map((line) => paint('dim', line))),
    ...within(explanation),
    ...within(`To do: ${remedy} (Who acts: ${WHO[finding.whoActs]}.)`).map((line) =>
      line.replace(/^ {4}To do:/, (words) => paint('bold', words)),
    ),
    ...(finding.alsoSeen.length === 0 ? [] : within(`Part of it: ${alsoSeen(finding)}.`).map((line) => paint('dim', line))),
  ];
}

const alsoSeen = (finding: Diagnosis): string => finding.alsoSeen.map((cause) => `${titleOf(cause)} [${cause}]`).join(', ');
