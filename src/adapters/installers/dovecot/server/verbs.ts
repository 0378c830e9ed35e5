/** What is done to a Dovecot besides keeping files: the whole list. They run where its rights are: in the helper, or here. */
import type { Verbs } from '../../../hosts/host.js';
import { runCommand } from '../../../hosts/local/run-command.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { readForeignFile, replaceForeignFile, withCopyBeside } from '../../generations/foreign-file.js';
import type { MailVerb } from '../../generations/mail/mail-control.js';
import { tlsLibraryOf } from '../../generations/tls-library.js';
import { currentConfiguration, type DovecotPlace } from '../dovecot-place.js';
import { includes, readLocalNames, readSettings, withInclude, withoutInclude, withStaged } from '../syntax.js';
import { masterRuns, reloadMaster } from './master.js';

/** Milliseconds until Dovecot is taken to hang. */
type Patience = { readonly version: number; readonly test: number; readonly reload: number };
const PATIENCE: Patience = { version: 10_000, test: 60_000, reload: 60_000 };
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/**
 * Theirs and ours. Dovecot keeps 135 KB for each in the process that hands its configuration out, which has 256 MB (default_vsz_limit): with 2,000 it ends over
 * that, and nobody can log in any more.
 */
const MOST_NAMES = 1000;

export const dovecotVerbs = (place: DovecotPlace, patience = PATIENCE): Verbs & Readonly<Record<MailVerb<'dovecot'>, Verbs[string]>> => ({
  'dovecot-survey': () => survey(place, patience),
  'dovecot-adopted': async () => {
    const main = await readForeignFile(place.mainConfiguration);
    return main.ok ? ok(includes(main.value, currentConfiguration(place)) ? 'yes' : 'no') : main;
  },
  'dovecot-test': ([file]) => test(place, patience, file ?? ''),
  'dovecot-adopt': () => adopt(place),
  'dovecot-reload': () => reload(place, patience),
});

/** JSON for dovecot-dialect.ts. */
async function survey(place: DovecotPlace, patience: Patience): Promise<Result<string>> {
  const version = await runCommand({
    ...{ program: place.binary, args: ['--version'], timeoutMs: patience.version, maxOutputBytes: 64 * 1024 },
  });
  if (!version.ok) return version;
  const { code, stdout } = version.value;
  if (code !== 0) return err(problem('SERVER_REFUSED', { detail: `${place.binary} --version ended with ${code}` }));
  const printed = await print(place, patience, '-a', place.mainConfiguration);
  if (!printed.ok) return printed;
  const settings = readSettings(printed.value);
  const library = `${settings.get('mail_plugin_dir') ?? ''}/libssl_iostream_openssl.so`;
  return ok(
    JSON.stringify({
      version: stdout,
      tlsLibrary: await tlsLibraryOf(library, patience.version),
      ssl: settings.get('ssl') ?? '',
      ownCertificate: settings.get('ssl_cert') ?? '',
      runs: await masterRuns(pidFile(settings)),
    }),
  );
}

const pidFile = (settings: ReadonlyMap<string, string>): string => `${settings.get('base_dir') ?? '/run/dovecot'}/master.pid`;

/** All settings (`-a`) or those that somebody made (`-n`), without keys. SERVER_CONFIG_REFUSED with its complaint. */
async function print(
  { binary, mainConfiguration }: DovecotPlace,
  patience: Patience,
  which: '-a' | '-n',
  file: string,
): Promise<Result<string>> {
  const ended = await runCommand({
    program: binary,
    args: [which, '-c', file],
    timeoutMs: patience.test,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  if (!ended.ok) return ended;
  const { code, stdout, stderr } = ended.value;
  if (code !== 0) return err(problem('SERVER_CONFIG_REFUSED', { detail: firstComplaint(stderr).replaceAll(file, mainConfiguration) }));
  // Else it did not read what it was asked to judge.
  if (!stdout.split('\n', 1)[0]?.endsWith(`: ${file}`))
    return err(problem('SERVER_REFUSED', { detail: 'it does not say which configuration it read' }));
  return ok(stdout);
}

function firstComplaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const line = lines.find((each) => /: (Fatal|Error): /.test(each)) ?? lines[0] ?? 'Dovecot gave no reason';
  return line.replace(/^\w+: (Fatal|Error): /, '').slice(0, 1000);
}

/** Dovecot's judgement of everything that it would serve with a generation; then the JSON of what it has without ours. */
async function test(place: DovecotPlace, patience: Patience, file: string): Promise<Result<string>> {
  if (!/^generations\/\d{1,15}\.conf$/.test(file)) return err(problem('INVALID_INPUT', { detail: 'not a generation' }));
  const { mainConfiguration, tree } = place;
  const main = await readForeignFile(mainConfiguration);
  if (!main.ok) return main;
  const [current, staged] = [currentConfiguration(place), `${tree}/${file}`];
  const whole = await withCopyBeside(mainConfiguration, withStaged(main.value, current, staged), (copy) =>
    print(place, patience, '-n', copy),
  );
  if (!whole.ok) return whole;
  const names = readLocalNames(whole.value).length;
  if (names > MOST_NAMES) {
    const detail = `${names} names with settings of their own are more than the ${MOST_NAMES} that Dovecot has room for`;
    return err(problem('SERVER_CONFIG_REFUSED', { detail }));
  }
  const foreign = await withCopyBeside(mainConfiguration, withoutInclude(main.value, current), (copy) =>
    print(place, patience, '-n', copy),
  );
  if (!foreign.ok) return foreign;
  return ok(JSON.stringify({ names: readLocalNames(foreign.value), ownCertificate: readSettings(foreign.value).get('ssl_cert') ?? '' }));
}

async function adopt(place: DovecotPlace): Promise<Result<string>> {
  const { mainConfiguration } = place;
  const main = await readForeignFile(mainConfiguration);
  if (!main.ok) return main;
  const text = withInclude(main.value, currentConfiguration(place));
  return text === main.value ? ok('') : said(await replaceForeignFile(mainConfiguration, text));
}

/** Its master goes on with what it has over a configuration that it cannot read: it is not even asked. */
async function reload(place: DovecotPlace, patience: Patience): Promise<Result<string>> {
  const printed = await print(place, patience, '-a', place.mainConfiguration);
  if (!printed.ok) return err({ ...printed.problem, facts: { ...printed.problem.facts, goesOn: true } });
  return said(await reloadMaster(pidFile(readSettings(printed.value)), patience.reload));
}

const said = (outcome: Result<void>): Result<string> => (outcome.ok ? ok('') : outcome);
