/** What is done to an HAProxy besides keeping files: the whole list. They run where its rights are: in the helper, or here. */
import type { Verbs } from '../../../hosts/host.js';
import { LocalHost } from '../../../hosts/local/local-host.js';
import { runCommand } from '../../../hosts/local/run-command.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { readForeignFile } from '../../generations/foreign-file.js';
import { generationOf, generationPath, missing, type GenerationContent } from '../../generations/tree/files.js';
import { GenerationTree } from '../../generations/tree/generation-tree.js';
import { admit } from '../admit.js';
import { CHALLENGE_KEY, CHALLENGE_MAP, CHALLENGE_VALUE } from '../challenge-map.js';
import { currentConfiguration, type HaproxyPlace } from '../haproxy-place.js';
import { nameOfFoundation } from '../render.js';
import { HAPROXY_SPELLING } from '../spelling.js';
import { foreignBinds } from '../syntax/binds.js';
import { converge, differences, type Bench } from './converge.js';
import { isStartedWith, reloadWorker } from './process.js';
import { runtimeSocket } from './runtime-socket.js';
import { HaproxyRuntime } from './runtime.js';
import { testGeneration } from './test-configuration.js';

export type HaproxyVerb =
  | 'haproxy-survey'
  | 'haproxy-adopted'
  | 'haproxy-test'
  | 'haproxy-adopt'
  | 'haproxy-take-up'
  | 'haproxy-differences'
  | 'haproxy-show-challenge'
  | 'haproxy-hide-challenge'
  | 'haproxy-server-state';

/** Milliseconds until HAProxy is taken to hang. 10,000 sites take it about seven seconds to test or to reload on an idle machine. */
type Patience = { readonly version: number; readonly test: number; readonly reload: number; readonly word: number };
const PATIENCE: Patience = { version: 10_000, test: 120_000, reload: 120_000, word: 10_000 };

export function haproxyVerbs(place: HaproxyPlace, patience = PATIENCE): Verbs & Readonly<Record<HaproxyVerb, Verbs[string]>> {
  const runtime = new HaproxyRuntime(runtimeSocket(place.statsSocket, patience.word));
  const tree = new GenerationTree(new LocalHost({ tree: place.tree, verbs: {}, admit: admit(place.tree) }), place.tree, HAPROXY_SPELLING);
  const here: Here = { place, patience, bench: { runtime, tree, path: place.tree } };
  const map = `${place.tree}/${CHALLENGE_MAP}`;
  return {
    'haproxy-survey': () => survey(here),
    'haproxy-adopted': () => adopted(here),
    'haproxy-test': ([file]) => test(here, file ?? ''),
    'haproxy-adopt': () => adopt(here),
    'haproxy-take-up': ([lists]) => takeUp(here, lists ?? ''),
    'haproxy-differences': () => shownDifferences(here),
    'haproxy-show-challenge': async ([key = '', ...value]) =>
      CHALLENGE_KEY.test(key) && CHALLENGE_VALUE.test(value.join(''))
        ? said(await runtime.putInMap(map, key, value.join('')))
        : refusedArgument(),
    'haproxy-hide-challenge': async ([key = '']) =>
      CHALLENGE_KEY.test(key) ? said(await runtime.dropFromMap(map, key)) : refusedArgument(),
    'haproxy-server-state': async ([backend = '', server = '', state]) =>
      PROXY_NAME.test(backend) && PROXY_NAME.test(server) && (state === 'maint' || state === 'ready')
        ? said(await runtime.setServerState(backend, server, state))
        : refusedArgument(),
  };
}

type Here = { readonly place: HaproxyPlace; readonly patience: Patience; readonly bench: Bench };

/** HAProxy's configuration manual, 2.2: what a name of a section or a server is made of. */
export const PROXY_NAME = /^[A-Za-z0-9_.:-]{1,200}$/;

const said = (outcome: Result<void>): Result<string> => (outcome.ok ? ok('') : outcome);
const refusedArgument = (): Result<never> => err(problem('INVALID_INPUT', { detail: 'an argument that is none' }));

/** JSON for `readSurvey` in control.ts. What it says of itself is judged by who asked. */
async function survey({ place, patience, bench }: Here): Promise<Result<string>> {
  const ended = await runCommand({ program: place.binary, args: ['-vv'], timeoutMs: patience.version, maxOutputBytes: 64 * 1024 });
  if (!ended.ok) return ended;
  const { code, stdout } = ended.value;
  if (code !== 0) return err(problem('SERVER_REFUSED', { detail: `${place.binary} -vv ended with ${code}` }));
  return ok(JSON.stringify({ version: stdout, runs: (await bench.runtime.pid()).ok }));
}

/** Asked at every challenge: it starts no program. */
async function adopted({ place, bench }: Here): Promise<Result<string>> {
  const pid = await bench.runtime.pid();
  return pid.ok ? ok((await isStartedWith(pid.value, currentConfiguration(place))) ? 'yes' : 'no') : pid;
}

/** HAProxy cannot include a file: whoever starts it has to name ours. */
async function adopt(here: Here): Promise<Result<string>> {
  const pid = await worker(here);
  return pid.ok ? ok('') : pid;
}

async function worker({ place, bench }: Here): Promise<Result<number>> {
  const pid = await bench.runtime.pid();
  if (!pid.ok || (await isStartedWith(pid.value, currentConfiguration(place)))) return pid;
  const detail = `it was not started with -f ${currentConfiguration(place)}: add that behind its other files, and restart it (docs/operations.md)`;
  return err(problem('SERVER_REFUSED', { detail, goesOn: true }));
}

/** HAProxy's judgement; then the JSON of the binds that are not ours. */
async function test({ place, patience, bench }: Here, file: string): Promise<Result<string>> {
  const generation = generationOf(file);
  if (generation === undefined || file !== generationPath(generation)) return refusedArgument();
  const judged = await testGeneration({ place, tree: bench.tree, patienceMs: patience.test }, generation);
  if (!judged.ok) return judged;
  const binds = [];
  for (const path of place.configuration) {
    const text = await readForeignFile(path);
    if (!text.ok) return text;
    binds.push(...foreignBinds(text.value, path));
  }
  return ok(JSON.stringify(binds));
}

/** `names`: of the lists that have changed, with commas between them; '' where all are looked at, and each certificate in them. */
async function takeUp(here: Here, names: string): Promise<Result<string>> {
  if (!/^([0-9a-f]{6}(,[0-9a-f]{6})*)?$/.test(names)) return refusedArgument();
  const { place, patience, bench } = here;
  const pid = await worker(here);
  if (!pid.ok) return pid;
  const content = await currentContent(bench);
  if (!content.ok) return content;
  const foundation = await bench.tree.foundation(content.value);
  if (!foundation.ok) return foundation;
  const isNew = () => bench.runtime.hasProxy(nameOfFoundation(foundation.value) ?? '');
  const has = await isNew();
  if (!has.ok) return has;
  if (!has.value) {
    const file = currentConfiguration(place);
    return said(await reloadWorker(bench.runtime, { worker: pid.value, file, isNew, patienceMs: patience.reload }));
  }
  const differ = await differences(bench, content.value, names === '' ? undefined : new Set(names.split(',')));
  return differ.ok ? said(await converge(bench, differ.value, names === '')) : differ;
}

/** JSON of what the running process has otherwise than the files say. */
async function shownDifferences({ bench }: Here): Promise<Result<string>> {
  const pid = await bench.runtime.pid();
  if (!pid.ok) return pid;
  const content = await currentContent(bench);
  if (!content.ok) return content;
  const differ = await differences(bench, content.value);
  if (!differ.ok) return differ;
  const said = differ.value.flatMap(({ shard, missing: absent, extra }) => [
    ...absent.map(({ certificate, name }) => ({ shard, certificate, name, shown: false })),
    ...extra.map(({ certificate, name }) => ({ shard, certificate, name, shown: true })),
  ]);
  return ok(JSON.stringify(said));
}

async function currentContent({ tree }: Bench): Promise<Result<GenerationContent>> {
  const current = await tree.current();
  if (!current.ok) return current;
  const content = current.value === undefined ? ok(undefined) : await tree.generation(current.value);
  if (!content.ok) return content;
  return content.value ? ok(content.value) : err(missing(generationPath(current.value ?? 0)));
}
