/** What is done to an Apache besides keeping files: the whole list. They run where its rights are: in the helper, or here. */
import { access } from 'node:fs/promises';
import type { Verbs } from '../../../hosts/host.js';
import { runCommand } from '../../../hosts/local/run-command.js';
import { problem, type Problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { readForeignFile } from '../../generations/foreign-file.js';
import { NEEDED_MODULES } from '../apache-build.js';
import { currentConfiguration, type ApachePlace } from '../apache-place.js';
import type { KnownHost } from '../neighbours.js';
import { renderModules } from '../render.js';
import { readDump, type Dump, type Listen } from '../syntax/dump.js';
import { listensOf } from '../syntax/listens.js';
import { parseApache, type Directive } from '../syntax/parse.js';
import { adoptMainFile, isAdopted, withStagedCopy, type Staged } from './main-file.js';
import { masterRuns, restartGracefully, untilServing } from './master.js';
import { tlsLibraryOf } from './tls-library.js';

export type ApacheVerb = 'apache-survey' | 'apache-adopted' | 'apache-test' | 'apache-adopt' | 'apache-reload' | 'apache-revive';

/** Milliseconds until Apache is taken to hang. 10,000 sites take it about ten seconds to reload on an idle machine, and twice that to start. */
type Patience = { readonly version: number; readonly test: number; readonly reload: number };
const PATIENCE: Patience = { version: 10_000, test: 120_000, reload: 120_000 };
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const DUMPS = ['DUMP_VHOSTS', 'DUMP_RUN_CFG', 'DUMP_INCLUDES', 'DUMP_MODULES'];

export const apacheVerbs = (place: ApachePlace, patience = PATIENCE): Verbs & Readonly<Record<ApacheVerb, Verbs[string]>> => ({
  'apache-survey': () => survey(place, patience),
  'apache-adopted': async () => {
    const adopted = await isAdopted(place.mainConfiguration, currentConfiguration(place));
    return adopted.ok ? ok(adopted.value ? 'yes' : 'no') : adopted;
  },
  'apache-test': ([file]) => test(place, patience, file ?? ''),
  'apache-adopt': async () => said(await adoptMainFile(place.mainConfiguration, currentConfiguration(place))),
  'apache-reload': () => withPidFile(place, patience, (pidFile, listens) => restartGracefully(pidFile, listens, patience.reload)),
  'apache-revive': () => withPidFile(place, patience, (pidFile) => revive(place, patience, pidFile)),
});

/** JSON for control.ts. Of the foreign configuration with our modules in it, and nothing else of ours. */
async function survey(place: ApachePlace, patience: Patience): Promise<Result<string>> {
  const version = await run(place, patience.version, ['-v'], 64 * 1024);
  if (!version.ok) return version;
  if (version.value.code !== 0) return err(problem('SERVER_REFUSED', { detail: `${place.binary} -v ended with ${version.value.code}` }));
  const found = await Promise.all(NEEDED_MODULES.map((name) => exists(`${place.modules}/mod_${name}.so`)));
  const loadable = NEEDED_MODULES.filter((_, at) => found[at]);
  const judged = await judge(place, patience, { text: renderModules(place.modules, loadable) }, withListens);
  if (!judged.ok) return judged;
  const { modules, pidFile, listens } = judged.value;
  return ok(
    JSON.stringify({
      version: version.value.stdout,
      modules,
      listens,
      loadable,
      tlsLibrary: await tlsLibraryOf(`${place.modules}/mod_ssl.so`, patience.version),
      runs: pidFile !== undefined && (await masterRuns(pidFile)),
    }),
  );
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const run = ({ binary }: ApachePlace, timeoutMs: number, args: readonly string[], maxOutputBytes = MAX_OUTPUT_BYTES) =>
  runCommand({ program: binary, args, timeoutMs, maxOutputBytes });

/**
 * Apache's judgement of everything that it would serve with `staged`, and what `look` finds in what it says of it, while the files that it has
 * read are there: the main one is a copy, `main`.
 */
function judge<T>(
  place: ApachePlace,
  patience: Patience,
  staged: Staged,
  look: (dump: Dump, main: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { mainConfiguration } = place;
  return withStagedCopy(mainConfiguration, currentConfiguration(place), staged, async (copy, ours) => {
    const ended = await run(place, patience.test, ['-t', '-f', copy, ...DUMPS.flatMap((name) => ['-D', name])]);
    if (!ended.ok) return ended;
    const { code, stdout, stderr } = ended.value;
    if (code !== 0) return err(problem('SERVER_CONFIG_REFUSED', { detail: firstComplaint(stderr).replaceAll(copy, mainConfiguration) }));
    const dump = readDump(stdout);
    // Else it did not read what it was asked to judge.
    if ([copy, ours].some((file) => !dump.files.includes(file))) {
      return err(problem('SERVER_REFUSED', { detail: 'its test did not read the staged generation' }));
    }
    return look(dump, copy);
  });
}

/** It says where, and on the next line what. */
function firstComplaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('AH00558'));
  const at = lines.findIndex((line) => line.startsWith('AH00526'));
  const complaint = at >= 0 ? lines.slice(at, at + 2).join(' ') : (lines[0] ?? 'Apache gave no reason');
  return complaint.replace(/^AH\d+: /, '').slice(0, 1000);
}

type Listening = Pick<Dump, 'modules' | 'pidFile'> & { readonly listens: readonly Listen[] };

async function withListens({ modules, pidFile, ...dump }: Dump): Promise<Result<Listening>> {
  const directives = new Map<string, readonly Directive[]>();
  // There are hundreds of shards, and no `Listen` in them.
  for (const file of new Set(dump.files.filter((each) => !SHARD.test(each)))) {
    const text = await readForeignFile(file);
    if (!text.ok) return text;
    directives.set(file, parseApache(text.value));
  }
  return ok({ modules, pidFile, listens: listensOf({ ...dump, modules, pidFile }, directives) });
}

const SHARD = /\/shards\/[0-9a-f]+\.[0-9a-f]{32}\.conf$/;

/** JSON for control.ts: the hosts in their order. */
async function test(place: ApachePlace, patience: Patience, file: string): Promise<Result<string>> {
  if (!/^generations\/\d{1,15}\.conf$/.test(file)) return err(problem('INVALID_INPUT', { detail: 'not a generation' }));
  return judge(place, patience, { file: `${place.tree}/${file}` }, async ({ hosts }, main) => {
    const isOurs = (from: string) => from.startsWith(`${place.tree}/`);
    const named = await namedHosts(hosts.map((host) => host.file).filter((each) => !isOurs(each)));
    const known = hosts.map(({ address, port, file: from, line, names }): KnownHost => {
      const hasName = !isOurs(from) && (named.get(from)?.has(line) ?? true);
      return { address, port, file: from === main ? place.mainConfiguration : from, isOurs: isOurs(from), names: hasName ? names : [] };
    });
    return ok(JSON.stringify(known));
  });
}

/** By file: the lines of hosts that have a name of their own. A file that cannot be read says nothing: Apache could. */
async function namedHosts(files: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const named = new Map<string, ReadonlySet<number>>();
  for (const file of new Set(files)) {
    const text = await readForeignFile(file);
    if (!text.ok) continue;
    const names = parseApache(text.value).filter(({ name }) => /^server(name|alias)$/.test(name));
    named.set(file, new Set(names.flatMap(({ inside }) => inside.filter(({ name }) => name === '<virtualhost').map(({ line }) => line))));
  }
  return named;
}

async function withPidFile(
  place: ApachePlace,
  patience: Patience,
  act: (pidFile: string, listens: readonly Listen[]) => Promise<Result<void>>,
): Promise<Result<string>> {
  // It would end over a configuration that it does not take: it is not even asked.
  const unasked = ({ problem: cause }: { problem: Problem }) => err({ ...cause, facts: { ...cause.facts, goesOn: true } });
  const judged = await judge(place, patience, { file: currentConfiguration(place) }, withListens);
  if (!judged.ok) return unasked(judged);
  const { pidFile, listens } = judged.value;
  if (pidFile === undefined) return unasked(err(problem('SERVER_REFUSED', { detail: 'it does not say where its pid is' })));
  return said(await act(pidFile, listens));
}

/** Where somebody has started it meanwhile, it stays as it is. The script of a distribution has its service manager do it. */
async function revive({ binary, mainConfiguration }: ApachePlace, patience: Patience, pidFile: string): Promise<Result<void>> {
  if (!(await masterRuns(pidFile))) {
    const args = /ctl$/.test(binary) ? ['start'] : ['-f', mainConfiguration, '-k', 'start'];
    const ended = await runCommand({ program: binary, args, timeoutMs: patience.reload, maxOutputBytes: MAX_OUTPUT_BYTES });
    if (!ended.ok) return ended;
    if (ended.value.code !== 0) return err(problem('SERVER_UNREACHABLE', { detail: firstComplaint(ended.value.stderr) }));
  }
  return untilServing(pidFile, patience.reload);
}

const said = (outcome: Result<void>): Result<string> => (outcome.ok ? ok('') : outcome);
