/** Dovecot's language, as far as we read it: our one line in a main configuration, and what the program prints of a whole one. */

/** A comment has no part in it. */
export const includes = (text: string, path: string): boolean => includeOf(path).test(text);

/** With an include of `path` as its last line; the same text where it has one. What comes before is asked before ours. */
export function withInclude(text: string, path: string): string {
  if (includes(text, path)) return text;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : newline;
  return `${text}${gap}!include_try ${path}${newline}`;
}

/** For a test of what is staged: the include leads to `staged` instead. */
export const withStaged = (text: string, path: string, staged: string): string =>
  withInclude(text, path).replace(includeOf(path), (line) => line.replace(path, staged).replace('!include_try', '!include'));

/** Without ours: what somebody else serves. */
export const withoutInclude = (text: string, path: string): string => text.replace(includeOf(path), '');

const includeOf = (path: string): RegExp =>
  new RegExp(`^[ \\t]*!include(?:_try)?[ \\t]+${path.replace(/[.\\/-]/g, '\\$&')}[ \\t]*\\r?$`, 'gm');

/** Of `dovecot -a`: settings that stand for all, not for one protocol or name. */
export const readSettings = (printed: string): ReadonlyMap<string, string> =>
  new Map([...printed.matchAll(/^([a-z0-9_]+) =(?: (.*))?$/gm)].map(([, name = '', value = '']) => [name, value]));

/** Of `dovecot -n`: the names that have something of their own, as they are written there. */
export const readLocalNames = (printed: string): readonly string[] =>
  [...printed.matchAll(/^\s*local_name (.+) \{$/gm)].flatMap(([, names = '']) => names.replaceAll('"', '').split(/\s+/).filter(Boolean));
