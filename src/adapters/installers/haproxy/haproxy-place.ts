/** Where an HAProxy is, and where we keep what it serves for us. Checked once: later code writes these into configuration and commands as they are. */
import { isPlainPath } from '../../../values/plain-path.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type HaproxyPlace = {
  /** The program. */
  readonly binary: string;
  /** The files that it is started with before ours, in their order: somebody else's. */
  readonly configuration: readonly string[];
  /** Our tree. */
  readonly tree: string;
  /** Its `stats socket`, of level admin. */
  readonly statsSocket: string;
};

/** A path in a `sockaddr_un` (unix(7)). */
const MAX_SOCKET_PATH = 107;

/** INVALID_INPUT for a path that is not absolute, or has characters that mean something to HAProxy. */
export function parseHaproxyPlace(place: HaproxyPlace): Result<HaproxyPlace> {
  const refuse = (detail: string) => err(problem('INVALID_INPUT', { detail }));
  const { binary, configuration, tree, statsSocket } = place;
  if (configuration.length === 0) return refuse('configuration names no file');
  const named = [...Object.entries({ binary, tree, statsSocket }), ...configuration.map((path) => ['configuration', path] as const)];
  for (const [what, path] of named) if (!isPlainPath(path)) return refuse(`${what} is not a plain absolute path`);
  if (statsSocket.length > MAX_SOCKET_PATH) return refuse(`statsSocket is longer than ${MAX_SOCKET_PATH} characters`);
  return ok(place);
}

/** What HAProxy is started with for us: `-f` and this, behind the others. */
export const currentConfiguration = ({ tree }: Pick<HaproxyPlace, 'tree'>): string => `${tree}/current.conf`;
