/** The five steps of the handshake, TLS 1.2 and 1.3 beside each other. */
import type { AddressCheck } from '../../cores/tls/check/site-check.js';
import { HANDSHAKE_STEPS, type Observation } from '../../cores/tls/observation.js';
import { STEP_TITLES } from '../../cores/tls/step-details.js';
import { endpointText } from '../../values/ip-address.js';
import { harmless, type Paint } from '../terminal.js';
import { problemLines, told } from '../told-problem.js';

export function stepLines(place: AddressCheck, paint: Paint): string[] {
  const shown = place.handshakes.length > 0 ? place.handshakes : [place.baseline];
  const heading = paint('bold', `The handshake at ${endpointText(place)}`);
  const failure = place.baseline.failure;
  return [heading, ...table(shown, paint), ...(failure ? problemLines(told(failure), '  ').map(harmless) : [])];
}

const LABEL = 16;
const COLUMN = 14;

function table(observations: readonly Observation[], paint: Paint): string[] {
  const row = (label: string, cells: readonly string[]) => `  ${label.padEnd(LABEL)}${cells.map((cell) => cell.padStart(COLUMN)).join('')}`;
  const told = (cell: (session: NonNullable<Observation['session']>) => string | number | undefined) =>
    observations.map(({ session }) => String((session && cell(session)) ?? '-'));
  return [
    paint('dim', row('', observations.map(versionOf))),
    ...HANDSHAKE_STEPS.flatMap((step, i) => [
      row(
        `${i + 1}. ${STEP_TITLES[step]}`,
        observations.map((observation) => timeOf(observation, step)),
      ),
      ...sentences(observations, step).map((line) => paint('dim', `     ${line}`)),
    ]),
    row(
      'Round trips',
      told(({ roundTrips }) => roundTrips),
    ),
    row(
      'Forward secrecy',
      told(({ forwardSecrecy }) => yesNo(forwardSecrecy)),
    ),
    row(
      'Post-quantum',
      told(({ postQuantum }) => yesNo(postQuantum)),
    ),
  ];
}

export const versionOf = ({ session }: Observation): string => session?.protocol.replace(/^TLSv/, 'TLS ') ?? 'failed';
const yesNo = (value: boolean | undefined): string | undefined => (value === undefined ? undefined : value ? 'yes' : 'no');

function timeOf({ steps }: Observation, step: (typeof HANDSHAKE_STEPS)[number]): string {
  const reached = steps.find((one) => one.step === step);
  return reached ? `${reached.afterMs.toFixed(1)} ms` : '-';
}

/** One for all where they say the same. */
function sentences(observations: readonly Observation[], step: (typeof HANDSHAKE_STEPS)[number]): string[] {
  const said = observations.flatMap((observation) => {
    const reached = observation.steps.find((one) => one.step === step);
    return reached ? [{ version: versionOf(observation), detail: harmless(reached.detail) }] : [];
  });
  const [first] = said;
  if (first && said.every(({ detail }) => detail === first.detail)) return [first.detail];
  return said.map(({ version, detail }) => `${version}: ${detail}`);
}
