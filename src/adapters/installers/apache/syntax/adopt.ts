/**
 * The one line by which a foreign configuration serves what Hostseal keeps. Everything else in it stays, octet for octet.
 *
 * Of the hosts at one address Apache takes the first that has the name, and the very first where none has it. Ours have to come before
 * theirs, or there would be no place for challenges and no certificate that is nobody's; and after the modules that they need. Wherever the
 * line stands, it is found, and stays there.
 */
import { parseApache, type Directive } from './parse.js';

/** The lines that include `path`. */
const ours = (text: string, path: string): readonly Directive[] =>
  parseApache(text).filter(({ name, args }) => /^include(optional)?$/.test(name) && args[0] === path);

export const includes = (text: string, path: string): boolean => ours(text, path).length > 0;

/** With an include of `path` above the sites; the same text where it has it. */
export function withInclude(text: string, path: string): string {
  if (includes(text, path)) return text;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const line = `IncludeOptional ${path}${newline}`;
  const at = placeOfLine(parseApache(text));
  if (at !== undefined) return `${text.slice(0, at)}${line}${text.slice(at)}`;
  return `${text}${text === '' || text.endsWith('\n') ? '' : newline}${line}`;
}

/**
 * Above the first host, or the last file that is included, which is where distributions have their sites; below all modules that are loaded
 * here. Undefined: at the end.
 */
function placeOfLine(directives: readonly Directive[]): number | undefined {
  const top = directives.filter(({ inside }) => inside.length === 0);
  const host = top.findIndex(({ name }) => name === '<virtualhost');
  const include = top.findLastIndex(({ name }) => /^include(optional)?$/.test(name));
  const candidates = [host, include].filter((at) => at >= 0);
  if (candidates.length === 0) return undefined;
  const module = top.findLastIndex((each) => loads(each, directives));
  return top[Math.max(Math.min(...candidates), module + 1)]?.lineStart;
}

const loads = (directive: Directive, all: readonly Directive[]): boolean =>
  directive.name === 'loadmodule' || all.some(({ name, inside }) => name === 'loadmodule' && inside[0] === directive);

/** For a test of what is staged: the line leads to `staged` instead. */
export function withStaged(text: string, path: string, staged: string): string {
  if (!includes(text, path)) return withInclude(text, staged);
  return ours(text, path).reduceRight((changed, { lineStart }) => {
    const rest = changed.slice(lineStart);
    return changed.slice(0, lineStart) + rest.replace(path, () => staged);
  }, text);
}
