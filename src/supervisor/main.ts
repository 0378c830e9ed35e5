/**
 * `npm start`: the embedded PostgreSQL, the schema, the edge and the API, in that order, and back down in the other.
 * It keeps them running, hands signals down and lines up; where root starts it, it stops being root first.
 * If it is killed, the API stops by itself, and PostgreSQL and the edge are adopted by the next start.
 */
import { SystemClock } from '../platform/clock.js';
import { openAcmeDirectories } from '../platform/config/acme-files.js';
import { parseConfig } from '../platform/config/config.js';
import { makeFolders, openInstance } from '../platform/config/home.js';
import { layoutOf } from '../platform/config/home-layout.js';
import { SystemRandom } from '../platform/random.js';
import type { Problem } from '../values/problems/problem.js';
import { lockHome } from './home-lock.js';
import type { Kept } from './keep-running.js';
import { leaveRoot } from './leave-root.js';
import { complain, exitCodeOf } from './problems.js';
import { ownVariables } from './own-variables.js';
import { serversHere } from '../servers-here.js';
import { startServices } from './services.js';
import { keepLogsSmall } from './small-logs.js';
import { listenForStop } from './stop-signals.js';

process.exit(await supervise());

/** The exit code. */
async function supervise(): Promise<number> {
  // Whoever reads it may have gone, or its disk may be full: nothing stops for that.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  const variables = ownVariables(process.env);
  const parsed = parseConfig(variables, process.cwd());
  if (!parsed.ok) return refuse(...parsed.problem);
  const config = parsed.value;

  const servers = serversHere(config);
  if (!servers.ok) return refuse(servers.problem);
  const random = new SystemRandom();
  const rootProblem = await leaveRoot(config, servers.value.onDisk, variables, random);
  if (rootProblem) return refuse(rootProblem);
  process.umask(0o077); // ours and our children's: nothing is for other users

  const instance = openInstance(config.home, random);
  if (!instance.ok) return refuse(instance.problem);
  const lock = lockHome(config.home);
  if (!lock.ok) return refuse(lock.problem);
  const stop = listenForStop();
  const running: Kept[] = [];
  try {
    const layout = layoutOf(config, instance.value);
    const folders = makeFolders(layout);
    if (!folders.ok) return refuse(folders.problem);
    const acme = openAcmeDirectories(layout.acme, config.acme.directories);
    if (!acme.ok) return refuse(...acme.problem);
    keepLogsSmall(layout);
    // What leave-root.ts tells the process that comes after it.
    const [, , helperFolder] = process.argv;
    const place = { variables, config, layout, clock: new SystemClock(), random, ...(helperFolder && { helperFolder }) };
    const started = await startServices(place, running);
    if (!started.ok) return refuse(started.problem);
    const failed = await Promise.race([stop.requested, ...running.map((kept) => kept.failed)]);
    return failed ? refuse(failed) : 0;
  } finally {
    for (const kept of running.reverse()) await kept.stop(stop.hurry);
    lock.value.release();
  }
}

function refuse(...problems: readonly Problem[]): number {
  problems.forEach(complain);
  return Math.max(...problems.map(exitCodeOf));
}
