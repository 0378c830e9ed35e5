/** `hostseal check`: a TLS server as it is seen from here. Needs no platform. */
import type { CheckProgress } from '../../adapters/network/site-checker.js';
import { diagnose } from '../../cores/tls/diagnosis/diagnose.js';
import type { Clock } from '../../values/clock.js';
import { problem } from '../../values/problems/problem.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { told } from '../told-problem.js';
import type { CheckOptions } from './check-options.js';
import { checkDocument } from './document.js';
import { checkLines } from './lines.js';
import { look } from './look.js';
import { EXIT_OF, verdictOn } from './verdict.js';

type Surroundings = { readonly terminal: Terminal; readonly clock: Clock; readonly project: string };

/** `interrupted` resolves at Ctrl-C: then nothing is told of what was seen so far. */
export async function check(
  options: CheckOptions,
  { terminal, clock, project }: Surroundings,
  interrupted: Promise<'INTERRUPTED'>,
): Promise<ExitCode> {
  const stop = new AbortController();
  const onProgress = (progress: CheckProgress) => terminal.progress(progressLine(progress));
  const looked = await Promise.race([look(options, { clock, project, onProgress, signal: stop.signal }), interrupted]);
  if (looked === 'INTERRUPTED') {
    stop.abort();
    terminal.say('Stopped.');
    terminal.document({ problem: told(problem('CHECK_STOPPED', { detail: 'by Ctrl-C' })), exitCode: EXIT.INTERRUPTED });
    return EXIT.INTERRUPTED;
  }
  if (!looked.ok) {
    terminal.fail({ exitCode: EXIT.USAGE, problem: told(looked.problem) });
    return EXIT.USAGE;
  }
  const evidence = looked.value;
  const findings = diagnose(evidence);
  const verdict = verdictOn(evidence.check, findings);
  const result = { evidence, findings, verdict };
  if (terminal.json) terminal.document(checkDocument(result));
  else terminal.say(...checkLines(result, terminal));
  return EXIT_OF[verdict];
}

const TOPICS: Readonly<Record<CheckProgress['topic'], string>> = {
  BASELINE: 'the handshake of a browser',
  VERSIONS: 'versions',
  SUITES: 'cipher suites',
  GROUPS: 'groups',
  SIGNATURES: 'signature algorithms',
  NAMES: 'server names',
  RESUMPTION: 'resumption',
  EXTENSIONS: 'extensions',
  TOLERANCES: 'unusual greetings',
  HTTP: 'HTTP',
};

function progressLine({ connections, addresses, topic }: CheckProgress): string {
  const which = addresses.all > 1 ? `, ${addresses.done} of ${addresses.all} addresses done` : '';
  return `${connections.used} connections${which} … ${TOPICS[topic]}`;
}
