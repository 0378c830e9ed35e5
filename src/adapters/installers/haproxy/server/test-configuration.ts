/**
 * HAProxy's own test of what it would start with. It reads every certificate that it is shown, for most of a millisecond each, so where only sites
 * change it is shown those that are new: the others passed when they came. Where the addresses change it is shown all.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../../hosts/local/run-command.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { certificatePath, generationPath, type GenerationContent } from '../../generations/tree/files.js';
import type { GenerationTree } from '../../generations/tree/generation-tree.js';
import type { SiteChange } from '../../generations/dialect.js';
import { currentConfiguration, type HaproxyPlace } from '../haproxy-place.js';
import { listOf } from '../lists.js';
import { compose, namesOfList } from '../render.js';

type Bench = { readonly place: HaproxyPlace; readonly tree: GenerationTree; readonly patienceMs: number };

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** HAProxy has a client of its own, for which it would read all public roots at each test: twice as long as all else. */
const WITHOUT_ROOTS = '.if version_atleast(2.6)\nglobal\n    httpclient.ssl.verify none\n.endif\n';

/** SERVER_CONFIG_REFUSED with its first complaint. */
export async function testGeneration(bench: Bench, generation: number): Promise<Result<void>> {
  const { tree, place } = bench;
  const current = await tree.current();
  if (!current.ok) return current;
  const staged = await tree.generation(generation);
  if (!staged.ok) return staged;
  if (!staged.value) return err(problem('INVALID_INPUT', { detail: 'no such generation' }));
  const before = current.value === generation - 1 ? await tree.generation(current.value) : ok(undefined);
  if (!before.ok) return before;
  if (before.value?.foundation !== staged.value.foundation) return judged(bench, `${place.tree}/${generationPath(generation)}`);
  const changes = await tree.changes(before.value, staged.value);
  if (!changes.ok) return changes;
  const foundation = await tree.foundation(staged.value);
  if (!foundation.ok) return foundation;
  const folder = await mkdtemp(join(tmpdir(), 'hostseal-haproxy-'));
  try {
    const draft = join(folder, 'draft.conf');
    const lists = await writeLists(folder, place.tree, staged.value, changes.value);
    await writeFile(draft, WITHOUT_ROOTS + compose(foundation.value, lists), { mode: 0o600 });
    return await judged(bench, draft);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One list for each address at least: a frontend cannot be without. */
async function writeLists(
  folder: string,
  tree: string,
  { shards }: GenerationContent,
  changes: readonly SiteChange[],
): Promise<ReadonlyMap<string, string>> {
  const put = Map.groupBy(
    changes.flatMap(({ to }) => (to ? [to] : [])),
    ({ key }) => listOf(key),
  );
  const shown = [...shards.keys()].filter((shard) => put.has(shard) || shard.endsWith('0'));
  const lists = new Map(shown.map((shard) => [shard, join(folder, `${shard}.conf`)]));
  for (const [shard, path] of lists) {
    const sites = put.get(shard) ?? [];
    const lines = sites.flatMap(({ key, certificates }) => certificates.map((id) => `${tree}/${certificatePath(id)} ${key.name}\n`));
    await writeFile(path, lines.join(''));
    await writeFile(namesOfList(path), sites.map(({ key }) => `${key.name}\n`).join(''));
  }
  return lists;
}

async function judged({ place, patienceMs }: Bench, ours: string): Promise<Result<void>> {
  const args = ['-c', ...[...place.configuration, ours].flatMap((file) => ['-f', file])];
  const ended = await runCommand({ program: place.binary, args, timeoutMs: patienceMs, maxOutputBytes: MAX_OUTPUT_BYTES });
  if (!ended.ok) return ended;
  if (ended.value.code === 0) return ok(undefined);
  const detail = firstComplaint(ended.value.stderr).replaceAll(ours, currentConfiguration(place));
  return err(problem('SERVER_CONFIG_REFUSED', { detail }));
}

function firstComplaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const line = lines.find((each) => each.startsWith('[ALERT]')) ?? lines[0] ?? 'HAProxy gave no reason';
  return line.replace(/^\[ALERT\]\s*\(\d+\) : (config : )?/, '').slice(0, 1000);
}
