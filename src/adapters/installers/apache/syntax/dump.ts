/** What `-t` prints when it is asked for everything: `-D DUMP_VHOSTS -D DUMP_RUN_CFG -D DUMP_INCLUDES -D DUMP_MODULES`. */
import { parseIpAddress } from '../../../../values/ip-address.js';
import type { Directive } from './parse.js';

/** `*`: every address of the machine. */
export type Listen = { readonly address: string; readonly port: number };
export type VirtualHost = Listen & {
  readonly file: string;
  readonly line: number;
  /** Its name, which Apache makes up where the file gives none, and its aliases. */
  readonly names: readonly string[];
};
export type Dump = {
  readonly files: readonly string[];
  /** In the order in which Apache asks them, at each address. */
  readonly hosts: readonly VirtualHost[];
  readonly modules: readonly string[];
  readonly pidFile: string | undefined;
  readonly defines: ReadonlyMap<string, string>;
};

export function readDump(output: string): Dump {
  const lines = output.split('\n');
  const matches = (pattern: RegExp) => lines.flatMap((line) => [pattern.exec(line)].filter((match) => match !== null));
  return {
    files: matches(/^ +\((?:\*|\d+)\) (\/.*)$/).map(([, file = '']) => file),
    hosts: readHosts(lines),
    modules: matches(/^ (\w+_module) \((?:static|shared)\)$/).map(([, name = '']) => name),
    pidFile: matches(/^PidFile: "(.*)"$/)[0]?.[1],
    defines: new Map(matches(/^Define: ([^=]+)(?:=(.*))?$/).map(([, name = '', value = '']) => [name, value])),
  };
}

function readHosts(lines: readonly string[]): readonly VirtualHost[] {
  const hosts: (VirtualHost & { names: string[] })[] = [];
  let at: Listen | undefined;
  for (const line of lines) {
    const [, where, rest = ''] = /^(\S+:(?:\d+|\*)) +(.*)$/.exec(line) ?? [];
    if (where !== undefined) at = readListen(where);
    const [, name, file, number] =
      /^(?:\s+port (?:\d+|\*) namevhost )?(\S+) \((\/.*):(\d+)\)$/.exec(where === undefined ? line : rest) ?? [];
    if (at && name !== undefined && file !== undefined) hosts.push({ ...at, file, line: Number(number), names: [name] });
    const [, alias] = /^\s+(?:wild )?alias (\S+)$/.exec(line) ?? [];
    if (alias !== undefined) hosts.at(-1)?.names.push(alias);
  }
  return hosts;
}

/** As in a `Listen` or a `<VirtualHost>`. Undefined for host names, which are resolved only by Apache itself. */
export function readListen(where: string): Listen | undefined {
  const [, host = '*', port] = /^(?:(\[[^\]]+\]|[^:]+):)?(\d{1,5}|\*)$/.exec(where) ?? [];
  if (port === undefined) return undefined;
  if (['*', '_default_'].includes(host)) return { address: '*', port: Number(port) || 0 };
  const address = parseIpAddress(host.replace(/^\[|\]$/g, ''));
  return address.ok ? { address: address.value, port: Number(port) || 0 } : undefined;
}

/** The `Listen` lines of a file that are in force: those in a section whose condition holds. Of conditions that we do not know, it is taken to hold. */
export function listensIn(directives: readonly Directive[], { modules, defines }: Dump): readonly Listen[] {
  return directives.flatMap(({ name, args: [where = ''], inside }) => {
    if (name !== 'listen' || !inside.every((section) => holds(section, modules, defines))) return [];
    return readListen(where.replace(/\$\{([^}]+)\}/g, (_, variable: string) => defines.get(variable) ?? '')) ?? [];
  });
}

function holds({ name, args: [condition = ''] }: Directive, modules: readonly string[], defines: ReadonlyMap<string, string>): boolean {
  const wanted = condition.replace(/^!/, '');
  const module = wanted.replace(/^(?:mod_)?(.*)\.c$/, '$1_module');
  const known = new Map([
    ['<ifmodule', modules.includes(module)],
    ['<ifdefine', defines.has(wanted)],
  ]).get(name);
  return known === undefined || known !== condition.startsWith('!');
}
