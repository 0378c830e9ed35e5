/** What `hostseal check` says to a person: data in, lines out. The verdict first, then why, then all that was seen. */
import type { AddressCheck } from '../../cores/tls/check/site-check.js';
import { tell } from '../../cores/tls/diagnosis/catalogue.js';
import type { Diagnosis, Evidence, Severity, WhoActs } from '../../cores/tls/diagnosis/diagnosis.js';
import { toDisplay } from '../../values/hostname.js';
import { toIso } from '../../values/instant.js';
import { endpointText } from '../../values/ip-address.js';
import { harmless, type Paint, type Style } from '../terminal.js';
import { problemLines, told } from '../told-problem.js';
import { factLines } from './fact-lines.js';
import { stepLines } from './step-lines.js';
import type { Verdict } from './verdict.js';

export type CheckResult = { readonly evidence: Evidence; readonly findings: readonly Diagnosis[]; readonly verdict: Verdict };

export function checkLines({ evidence, findings, verdict }: CheckResult, paint: Paint): string[] {
  const { check, now } = evidence;
  const { addresses } = check;
  const judgedAt = now === check.at || Math.abs(now - check.at) < 3_600_000 ? [] : [`Certificates judged as of ${toIso(now)}.`];
  return [
    `${paint('bold', subjectOf(check))}  ${paint('dim', effortOf(check))}`,
    ...judgedAt,
    '',
    paint(STYLES[verdict], `${MARKS[verdict]} ${verdictText(verdict, findings)}`),
    ...(addresses.ok ? [] : problemLines(told(addresses.problem), '  ').map(harmless)),
    ...(findings.length === 0
      ? []
      : ['', ...findings.flatMap((finding) => findingLines(finding, addresses.ok ? addresses.value.length : 0, paint))]),
    ...(addresses.ok ? placeLines(addresses.value, paint) : []),
  ];
}

/** What is the same at another address is said once. */
function placeLines(places: readonly AddressCheck[], paint: Paint): string[] {
  const explained = places.find(({ baseline }) => baseline.session !== undefined);
  const seen: { facts: string; at: string }[] = [];
  return places.flatMap((place) => {
    const [heading, ...facts] = factLines(place, paint);
    const known = seen.find((other) => other.facts === facts.join('\n'));
    seen.push({ facts: facts.join('\n'), at: endpointText(place) });
    const steps = place === explained || place.baseline.failure ? ['', ...stepLines(place, paint)] : [];
    if (heading === undefined) return steps;
    return [...steps, '', heading, ...(known ? [paint('dim', `  the same as at ${known.at}`)] : facts)];
  });
}

function subjectOf({ name, port, startTls, addresses }: Evidence['check']): string {
  const first = addresses.ok ? addresses.value[0] : undefined;
  const shown = name === undefined ? '' : toDisplay(name);
  const who = name === undefined ? (first ? endpointText(first) : 'the server') : `${shown === name ? name : `${shown} (${name})`}:${port}`;
  return startTls ? `${who} (STARTTLS, ${startTls})` : who;
}

function effortOf({ at, tookMs, connections }: Evidence['check']): string {
  return `checked ${toIso(at)} in ${(tookMs / 1000).toFixed(1)} s, ${connections.used} of at most ${connections.budget} connections`;
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

function findingLines(finding: Diagnosis, places: number, paint: Paint): string[] {
  const { mark, style } = SEVERITIES[finding.severity];
  const { title, explanation, remedy } = tell(finding);
  // With one address alone it is always that one.
  const where = places > 1 && finding.where.length > 0 ? `, at ${finding.where.map(endpointText).join(', ')}` : '';
  return [
    `${paint(style, `${mark} ${title}`)} ${paint('dim', `[${finding.cause}]${where}`)}`,
    `    ${harmless(explanation)}`,
    `    ${paint('bold', 'To do:')} ${harmless(remedy)} (Who acts: ${WHO[finding.whoActs]}.)`,
    ...(finding.alsoSeen.length > 0 ? [paint('dim', `    Part of it: ${finding.alsoSeen.join(', ')}`)] : []),
  ];
}
