/**
 * Where Apache listens by its configuration: it prints everything but that. Whether a section holds is decided while it is read, from what was
 * loaded by then; so the files are gone through as Apache does.
 */
import { readListen, type Dump, type Listen, type ReadFile } from './dump.js';
import type { Directive } from './parse.js';

type Reading = { readonly loaded: Set<string>; readonly defines: ReadonlyMap<string, string> };

/** `directives`: of each file of the dump. */
export function listensOf({ root, builtIn, defines }: Dump, directives: ReadonlyMap<string, readonly Directive[]>): readonly Listen[] {
  const reading = { loaded: new Set(builtIn), defines };
  return root ? listensIn(root, directives, reading) : [];
}

function listensIn(
  { file, included }: ReadFile,
  directives: ReadonlyMap<string, readonly Directive[]>,
  reading: Reading,
): readonly Listen[] {
  // Of a section it is decided once, where it begins.
  const holding = new Set<Directive>();
  return (directives.get(file) ?? []).flatMap((directive): readonly Listen[] => {
    if (!directive.inside.every((section) => holding.has(section))) return [];
    const { name, args, line } = directive;
    if (name.startsWith('<') && holds(directive, reading)) holding.add(directive);
    if (name === 'loadmodule') reading.loaded.add(args[0] ?? '');
    if (name === 'listen') return [readListen(withVariables(args[0] ?? '', reading))].filter((listen) => listen !== undefined);
    return included
      .filter((each) => each.line === line && name.startsWith('include'))
      .flatMap((each) => listensIn(each, directives, reading));
  });
}

const withVariables = (text: string, { defines }: Reading): string =>
  text.replace(/\$\{([^}]+)\}/g, (_, variable: string) => defines.get(variable) ?? '');

/** Of conditions that we do not know, it is taken to hold. */
function holds({ name, args: [condition = ''] }: Directive, { loaded, defines }: Reading): boolean {
  const wanted = condition.replace(/^!/, '');
  const module = wanted.replace(/^(?:mod_)?(.*)\.c$/, '$1_module');
  const known = new Map([
    ['<ifmodule', loaded.has(module)],
    ['<ifdefine', defines.has(wanted)],
  ]).get(name);
  return known === undefined || known !== condition.startsWith('!');
}
