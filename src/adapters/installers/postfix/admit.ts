/** The lines that render.ts writes: names, and files of ours only. Postfix reads the files as root. */
import type { Admit } from '../../hosts/host.js';
import { err, ok, type Result } from '../../../values/result.js';
import { admitTree, PEM_FILE } from '../generations/admit.js';

export const admit = (tree: string): Admit => admitTree((text) => admitTable(text, tree));

/** A line that begins with a space goes on with the one before it: it is none of ours. */
function admitTable(text: string, tree: string): Result<void, string> {
  const isOurs = (line: string) => {
    const [name = '', ...files] = line.split(' ');
    const isName = /^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name);
    return isName && files.length > 0 && files.every((file) => file.startsWith(`${tree}/`) && PEM_FILE.test(file.slice(tree.length + 1)));
  };
  const stranger = text.split('\n').find((line) => line !== '' && (/[\r\0]/.test(line) || !(line.startsWith('#') || isOurs(line))));
  return stranger === undefined ? ok(undefined) : err(`the line ${stranger.slice(0, 60)} is not ours`);
}
