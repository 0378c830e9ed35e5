/** The five steps of the handshake, TLS 1.2 and 1.3 beside each other. */
import type { AddressCheck } from '../../cores/tls/check/site-check.js';
import type { Observation } from '../../cores/tls/observation.js';
import { versionNameOf } from '../../cores/tls/registry/versions.js';
import { STEP_TITLES } from '../../cores/tls/step-details.js';
import { endpointText } from '../../values/ip-address.js';
import { messageOf } from '../../values/problems/catalogue.js';
import { harmless, type Page } from '../terminal.js';
import { wrap } from '../wrap.js';

export function stepLines(place: AddressCheck, { paint, width }: Page): string[] {
  const shown = place.handshakes.length > 0 ? place.handshakes.toSorted(byVersion) : [place.baseline];
  const column = Math.min(Math.floor((width - MARGIN + GAP) / shown.length) - GAP, WIDEST);
  const columns = shown.map((observation) => columnOf(observation, column));
  const rows = Array.from({ length: Math.max(...columns.map((rows) => rows.length)) }, (_, row) =>
    beside(
      columns.map((cells) => cells[row] ?? []),
      column,
    ),
  );
  const { failure } = place.baseline;
  return [
    paint('bold', `The handshake at ${endpointText(place)}`),
    ...rows.flatMap(([head = '', ...details]) => [head, ...details.map((line) => paint('dim', line))]),
    // What it means, and what to do, is said by its finding.
    ...(failure ? wrap(harmless(`✗ ${messageOf(failure)} [${failure.code}]`), width - MARGIN).map((line) => `  ${line}`) : []),
  ];
}

/** Compared as text, without the rules of a language, which take 5 ms to load. */
const byVersion = (a: Observation, b: Observation): number => Number(protocolOf(a) > protocolOf(b)) - Number(protocolOf(a) < protocolOf(b));
const protocolOf = ({ session }: Observation): string => session?.protocol ?? '';

const MARGIN = 2;
const GAP = 3;
/** Of one column: numbers are not far from what they count. */
const WIDEST = 60;

/** Rows, each of a line and the sentences below it. A handshake that failed has those that it came to. */
function columnOf({ session, steps }: Observation, width: number): string[][] {
  const pair = (label: string, value: string) => [label.padEnd(width - value.length) + value];
  const known = (label: string, value: number | boolean | undefined) =>
    pair(label, value === undefined ? '?' : typeof value === 'number' ? String(value) : value ? 'yes' : 'no');
  if (!session && steps.length === 0) return [];
  return [
    [session ? versionNameOf(session.protocol) : 'failed'],
    ...steps.map(({ step, afterMs, detail }, i) => [
      ...pair(`${i + 1}. ${STEP_TITLES[step]}`, took(afterMs, steps[i - 1]?.afterMs)),
      ...wrap(harmless(detail), width - INDENT.length).map((line) => INDENT + line),
    ]),
    ...(session
      ? [
          pair('In all', milliseconds(steps.at(-1)?.afterMs ?? 0)),
          known('Round trips', session.roundTrips),
          known('Forward secrecy', session.forwardSecrecy),
          known('Post-quantum', session.postQuantum),
        ]
      : []),
  ];
}

const INDENT = '   ';
const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;
/** What came in one flight with the step before took no time of its own. */
const took = (afterMs: number, before: number | undefined): string =>
  before === afterMs ? 'with it' : milliseconds(afterMs - (before ?? 0));

/** The cells of one row, line by line. */
function beside(cells: readonly (readonly string[])[], width: number): string[] {
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, i) =>
    `${' '.repeat(MARGIN)}${cells.map((lines) => (lines[i] ?? '').padEnd(width)).join(' '.repeat(GAP))}`.trimEnd(),
  );
}
