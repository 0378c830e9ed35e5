/** What is done to a Postfix besides keeping files: the whole list. They run where its rights are: in the helper, or here. */
import type { Verbs } from '../../../hosts/host.js';
import { runCommand, type Ended } from '../../../hosts/local/run-command.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { readForeignFile, replaceForeignFile } from '../../generations/foreign-file.js';
import type { MailVerb } from '../../generations/mail/mail-control.js';
import { tlsLibraryOf } from '../../generations/tls-library.js';
import { leadsTo, withTable } from '../main-cf.js';
import { currentTable, mainFile, tableOf, type PostfixPlace } from '../postfix-place.js';
import { masterRuns, reloadMaster } from './master.js';

/** Milliseconds until Postfix is taken to hang. */
type Patience = { readonly version: number; readonly test: number; readonly reload: number };
const PATIENCE: Patience = { version: 10_000, test: 60_000, reload: 60_000 };
const MAX_OUTPUT_BYTES = 1024 * 1024;

export const postfixVerbs = (place: PostfixPlace, patience = PATIENCE): Verbs & Readonly<Record<MailVerb<'postfix'>, Verbs[string]>> => ({
  'postfix-survey': () => survey(place, patience),
  'postfix-adopted': async () => {
    const main = await readForeignFile(mainFile(place));
    return main.ok ? ok(leadsTo(main.value, currentTable(place)) ? 'yes' : 'no') : main;
  },
  'postfix-test': ([file]) => test(place, patience, file ?? ''),
  'postfix-adopt': () => adopt(place),
  'postfix-reload': () => reload(place, patience),
});

const CERTIFICATES = ['smtpd_tls_chain_files', 'smtpd_tls_cert_file', 'smtpd_tls_eccert_file', 'smtpd_tls_dcert_file'] as const;
const ASKED = ['mail_version', 'queue_directory', 'daemon_directory', ...CERTIFICATES] as const;
type Settings = Readonly<Record<(typeof ASKED)[number], string>>;

/** JSON for postfix-dialect.ts. */
async function survey(place: PostfixPlace, patience: Patience): Promise<Result<string>> {
  const settings = await settingsOf(place, patience);
  if (!settings.ok) return settings;
  return ok(
    JSON.stringify({
      version: settings.value.mail_version,
      tlsLibrary: await tlsLibraryOf(`${settings.value.daemon_directory}/smtpd`, patience.version),
      ownCertificates: ownCertificates(settings.value),
      runs: await masterRuns(pidFile(settings.value)),
    }),
  );
}

const pidFile = (settings: Settings): string => `${settings.queue_directory}/pid/master.pid`;

const ownCertificates = (settings: Settings): readonly string[] =>
  CERTIFICATES.flatMap((name) => settings[name].split(/[\s,]+/)).filter((path) => path !== '' && path !== 'none');

/** SERVER_CONFIG_REFUSED with postconf's complaint where it cannot read its main.cf. */
async function settingsOf(place: PostfixPlace, patience: Patience): Promise<Result<Settings>> {
  const ended = await run(place, 'postconf', ['-c', place.configuration, '-x', ...ASKED], patience.version);
  if (!ended.ok) return ended;
  const { code, stdout, stderr } = ended.value;
  if (code !== 0) return err(problem('SERVER_CONFIG_REFUSED', { detail: firstComplaint(stderr) }));
  const said = new Map([...stdout.matchAll(/^([a-z_]+) = ?(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
  if (ASKED.some((name) => !said.has(name)))
    return err(problem('SERVER_REFUSED', { detail: 'its postconf does not say what it was asked' }));
  return ok(Object.fromEntries(said) as Settings);
}

const run = (
  { commands }: PostfixPlace,
  name: 'postconf' | 'postmap',
  args: readonly string[],
  timeoutMs: number,
): Promise<Result<Ended>> => runCommand({ program: `${commands}/${name}`, args, timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES });

const firstComplaint = (stderr: string): string =>
  (stderr.split('\n').find((line) => line !== '') ?? 'Postfix gave no reason').replace(/^\w+: (fatal|error|warning): /, '').slice(0, 1000);

/**
 * Postfix's judgement of a table: it is read whole, with all files that it names, to look one name up. What comes out is a key, and stays here.
 * Then the JSON of what Postfix has without ours.
 */
async function test(place: PostfixPlace, patience: Patience, file: string): Promise<Result<string>> {
  if (!/^generations\/\d{1,15}\.conf$/.test(file)) return err(problem('INVALID_INPUT', { detail: 'not a generation' }));
  const settings = await settingsOf(place, patience);
  if (!settings.ok) return settings;
  const staged = `${place.tree}/${file}`;
  const text = await readForeignFile(staged);
  if (!text.ok) return text;
  const [, first] = /^([^#\s]\S*) /m.exec(text.value) ?? [];
  const ended = await run(
    place,
    'postmap',
    ['-c', place.configuration, '-F', '-q', first ?? 'nobody.invalid', tableOf(staged)],
    patience.test,
  );
  if (!ended.ok) return ended;
  const { code, stdout, stderr } = ended.value;
  if (stderr !== '') return err(problem('SERVER_CONFIG_REFUSED', { detail: firstComplaint(stderr) }));
  // It says 1 for a name that is not there. Else it did not read what it was asked to judge.
  const hasRead = first === undefined ? code === 1 && stdout === '' : code === 0 && stdout.includes('PRIVATE KEY-----');
  if (!hasRead) return err(problem('SERVER_REFUSED', { detail: 'its test did not read the staged generation' }));
  return ok(JSON.stringify({ ownCertificates: ownCertificates(settings.value) }));
}

async function adopt(place: PostfixPlace): Promise<Result<string>> {
  const main = await readForeignFile(mainFile(place));
  if (!main.ok) return main;
  const text = withTable(main.value, currentTable(place));
  return text === main.value ? ok('') : said(await replaceForeignFile(mainFile(place), text));
}

/** Its master would end over a main.cf that it cannot read: then it is not even asked. */
async function reload(place: PostfixPlace, patience: Patience): Promise<Result<string>> {
  const settings = await settingsOf(place, patience);
  if (!settings.ok) return err({ ...settings.problem, facts: { ...settings.problem.facts, goesOn: true } });
  return said(await reloadMaster(pidFile(settings.value), patience.reload));
}

const said = (outcome: Result<void>): Result<string> => (outcome.ok ? ok('') : outcome);
