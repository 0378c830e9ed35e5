/** What `hostseal status` says to a person: data in, lines out. */
import type { Instant } from '../../values/instant.js';
import { daysLeft } from '../days-left.js';
import type { Paint, Style } from '../terminal.js';
import { problemLines } from '../told-problem.js';
import type { SiteStatus } from './site-status.js';

const HEADINGS = ['SITE', 'STATE', 'EXPIRES', 'DAYS', 'LAST PROOF', 'PROBLEM'] as const;
const STYLES: Readonly<Record<SiteStatus['state'], Style>> = { SECURE: 'green', NOT_SECURE: 'red', UNKNOWN: 'yellow' };

export function statusLines(sites: readonly SiteStatus[], now: Instant, paint: Paint): string[] {
  if (sites.length === 0) return ['No sites yet. Make one with: hostseal secure NAME'];
  return [...table(sites, now, paint), ...sites.flatMap(explain)];
}

/** Columns as wide as their widest text; what is painted takes no more room than what is not. */
function table(sites: readonly SiteStatus[], now: Instant, paint: Paint): string[] {
  const rows = sites.map((site) => cells(site, now));
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => lengthOf(row[i]!))));
  const padded = (row: readonly string[]) => row.map((cell, i) => cell + ' '.repeat(widths[i]! - lengthOf(cell)));
  const join = (row: readonly string[]) => row.join('  ').trimEnd();
  return [
    paint('bold', join(padded(HEADINGS))),
    ...rows.map((row, i) => {
      const [name, state, ...rest] = padded(row);
      return join([name!, paint(STYLES[sites[i]!.state], state!), ...rest]);
    }),
  ];
}

function cells(site: SiteStatus, now: Instant): string[] {
  const { names, state, expiresAt, provenAt, problem, order } = site;
  const others = names.length > 1 ? ` +${names.length - 1}` : '';
  const days = expiresAt === null ? '-' : String(daysLeft(expiresAt, now));
  const waiting = expiresAt === null ? (order ? `order ${order.state}` : 'no certificate') : '-';
  return [displayed(site) + others, state, expiresAt?.slice(0, 10) ?? '-', days, ago(provenAt, now), problem?.code ?? waiting];
}

/** What is wrong with a site, and what to do. */
function explain(site: SiteStatus): string[] {
  if (site.problem) return ['', `${displayed(site)}:`, ...problemLines(site.problem, '  ')];
  if (site.expiresAt !== null || site.order) return [];
  return ['', `${displayed(site)}: no certificate was ordered. Order one with: hostseal secure ${site.names.join(' ')}`];
}

/** The main name; with its A-label where it has another form for people. */
const displayed = ({ names, displayNames }: SiteStatus): string =>
  displayNames[0] === names[0] ? names[0]! : `${displayNames[0]} (${names[0]})`;

/** `2 min ago`: how fresh the evidence is. */
function ago(at: string | null, now: Instant): string {
  if (at === null) return '-';
  const minutes = Math.max(0, Math.floor((now - Date.parse(at)) / 60_000));
  return minutes < 1 ? 'just now' : `${minutes} min ago`;
}

const lengthOf = (text: string): number => [...text].length;
