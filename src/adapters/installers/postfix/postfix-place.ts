/** Where a Postfix is, and where we keep what it serves for us. Checked once: later code writes these into configuration as they are. */
import { isPlainPath } from '../../../values/plain-path.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type PostfixPlace = {
  /** The folder of postconf and postmap. */
  readonly commands: string;
  /** The folder of the main.cf that it is started with, usually somebody else's. */
  readonly configuration: string;
  /** Our tree. */
  readonly tree: string;
};

/** INVALID_INPUT for a path that is not absolute, or has characters that mean something to Postfix. */
export function parsePostfixPlace(place: PostfixPlace): Result<PostfixPlace> {
  for (const [what, path] of Object.entries(place)) {
    if (!isPlainPath(path)) return err(problem('INVALID_INPUT', { detail: `${what} is not a plain absolute path` }));
  }
  return ok(place);
}

export const mainFile = ({ configuration }: Pick<PostfixPlace, 'configuration'>): string => `${configuration}/main.cf`;

/** A table that is read as it is, and whole, by each process that greets clients: with it a change is one rename, and nothing has to be built. */
export const tableOf = (path: string): string => `texthash:${path}`;
export const currentTable = ({ tree }: Pick<PostfixPlace, 'tree'>): string => tableOf(`${tree}/current.conf`);
