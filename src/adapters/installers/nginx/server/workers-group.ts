/** The group that nginx's workers run with: who may read what they show. */
import { readFile } from 'node:fs/promises';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import type { NginxPlace } from '../nginx-place.js';
import { readMainFile } from './main-file.js';
import { readBuildOf } from './verbs.js';

/** Not root, we drive an nginx that runs as we do, or one whose workers may read nothing of ours. SERVER_REFUSED for a group that is not there. */
export async function workersGroup(place: NginxPlace): Promise<Result<number>> {
  if (process.geteuid?.() !== 0) return ok(process.getegid?.() ?? 0);
  const main = await readMainFile(place.mainConfiguration);
  if (!main.ok) return main;
  const user = main.value.directives.find(({ name }) => name === 'user');
  const named = user?.args[1] ?? user?.args[0];
  const build = named === undefined ? await readBuildOf(place) : undefined;
  if (build && !build.ok) return build;
  const names = named === undefined ? (build?.value.groups ?? []) : [named];
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  for (const name of names) {
    const entry = groups.split('\n').find((line) => line.startsWith(`${name}:`));
    const id = /^\d{1,10}$/.exec(entry?.split(':')[2] ?? '')?.[0];
    if (id !== undefined) return ok(Number(id));
  }
  return err(problem('SERVER_REFUSED', { detail: `the group of its workers (${names.join(', ')}) is not in /etc/group` }));
}
