/** The one line by which a foreign nginx.conf serves what Hostseal keeps. Everything else in it stays, octet for octet. */
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { parseNginx, type Directive } from './parse.js';

export type MainConfiguration = {
  readonly text: string;
  readonly http: Directive & { readonly closes: number };
  readonly directives: readonly Directive[];
};

/** SERVER_CONFIG_REFUSED where it cannot be read, or has no `http` block of its own. */
export function readMainConfiguration(text: string): Result<MainConfiguration> {
  const directives = parseNginx(text);
  if (!directives.ok) return directives;
  const http = directives.value.find(({ name }) => name === 'http');
  if (http?.closes === undefined) return err(problem('SERVER_CONFIG_REFUSED', { detail: 'its main configuration has no http block' }));
  return ok({ text, http: { ...http, closes: http.closes }, directives: directives.value });
}

export const includes = ({ http }: MainConfiguration, path: string): boolean =>
  (http.block ?? []).some(({ name, args }) => name === 'include' && args[0] === path);

/** With an `include` of `path` as the last line of its http block; the same text where it has it. */
export function withInclude(main: MainConfiguration, path: string): string {
  if (includes(main, path)) return main.text;
  const { text, http } = main;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lineStart = text.lastIndexOf('\n', http.closes - 1) + 1;
  const indent = text.slice(lineStart, http.closes);
  const line = `include ${path};`;
  // A closing brace that shares its line may have a comment before it on the line above, and none on its own.
  if (indent.trim() !== '') return `${text.slice(0, http.closes)}${newline}${line}${newline}${text.slice(http.closes)}`;
  return `${text.slice(0, lineStart)}${indent}    ${line}${newline}${text.slice(lineStart)}`;
}

/** For a test of what is staged: the include leads to `staged` instead. */
export function withStaged(main: MainConfiguration, path: string, staged: string): string {
  if (!includes(main, path)) return withInclude(main, staged);
  const adopted = new RegExp(`(include\\s+["']?)${path.replace(/[.\\/-]/g, '\\$&')}(["']?\\s*;)`, 'g');
  return main.text.replace(adopted, `$1${staged}$2`);
}
