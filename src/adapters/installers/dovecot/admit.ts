/** The few lines that render.ts writes, with values of their forms, and files of ours only: Dovecot's master runs as root. */
import type { Admit } from '../../hosts/host.js';
import { err, ok, type Result } from '../../../values/result.js';
import { admitTree, PART_FILE, PEM_FILE } from '../generations/admit.js';

export const admit = (tree: string): Admit => admitTree((text) => admitConfiguration(text, tree));

/** Line by line. A line that would go on on the next one is none of ours, not even a comment. */
function admitConfiguration(text: string, tree: string): Result<void, string> {
  let inside = false;
  for (const line of text.split('\n')) {
    const refuse = () => err(`the line ${line.slice(0, 60)} is not ours`);
    if (/[\r\0]|\\$/.test(line)) return refuse();
    if (line === '' || line.startsWith('#')) continue;
    if (!inside) {
      inside = /^local_name (\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)* \{$/.test(line);
      if (!inside && !isOf(line, `!include ${tree}/`, PART_FILE)) return refuse();
    } else if (line === '}') inside = false;
    else if (!SETTINGS.some((setting) => isOf(line, `  ${setting} = <${tree}/`, PEM_FILE))) return refuse();
  }
  return inside ? err('a section does not end') : ok(undefined);
}

const SETTINGS = ['ssl_cert', 'ssl_key', 'ssl_alt_cert', 'ssl_alt_key'];

const isOf = (line: string, head: string, file: RegExp): boolean => line.startsWith(head) && file.test(line.slice(head.length));
