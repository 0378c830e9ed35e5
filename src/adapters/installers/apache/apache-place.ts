/** Where an Apache is, and where we keep what it serves for us. Checked once: later code writes these into configuration as they are. */
import { isPlainPath } from '../../../values/plain-path.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type ApachePlace = {
  /** The program, or the script of the distribution that runs it with its environment: Debian's configuration needs that. */
  readonly binary: string;
  /** The configuration that it is started with, usually somebody else's. */
  readonly mainConfiguration: string;
  /** The folder of its modules, from which those that we need are loaded where that configuration does not. */
  readonly modules: string;
  /** Our tree. Its workers have to be able to pass through the folders above it. */
  readonly tree: string;
};

/** INVALID_INPUT for a path that is not absolute, or has characters that mean something to Apache. */
export function parseApachePlace(place: ApachePlace): Result<ApachePlace> {
  for (const [what, path] of Object.entries(place)) {
    if (!isPlainPath(path)) return err(problem('INVALID_INPUT', { detail: `${what} is not a plain absolute path` }));
  }
  return ok(place);
}

export const currentConfiguration = ({ tree }: Pick<ApachePlace, 'tree'>): string => `${tree}/current.conf`;
