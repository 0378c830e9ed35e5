/** What `-t` prints when it is asked for everything: `-D DUMP_VHOSTS -D DUMP_RUN_CFG -D DUMP_INCLUDES -D DUMP_MODULES`. */
import { parseIpAddress } from '../../../../values/ip-address.js';

/** `*`: every address of the machine. */
export type Listen = { readonly address: string; readonly port: number };
export type VirtualHost = Listen & {
  readonly file: string;
  readonly line: number;
  /** Its name, which Apache makes up where the file gives none, and its aliases. */
  readonly names: readonly string[];
};
/** A file, and on which line of the one above it was included. */
export type ReadFile = { readonly file: string; readonly line: number; readonly included: readonly ReadFile[] };
export type Dump = {
  /** The main configuration. */
  readonly root: ReadFile | undefined;
  readonly files: readonly string[];
  /** In the order in which Apache asks them, at each address. */
  readonly hosts: readonly VirtualHost[];
  readonly modules: readonly string[];
  /** Those that need not be loaded. */
  readonly builtIn: readonly string[];
  readonly pidFile: string | undefined;
  readonly defines: ReadonlyMap<string, string>;
};

export function readDump(output: string): Dump {
  const lines = output.split('\n');
  const matches = (pattern: RegExp) => lines.flatMap((line) => [pattern.exec(line)].filter((match) => match !== null));
  const read = matches(/^( +)\((\*|\d+)\) (\/.*)$/).map(([, indent = '', line = '', file = '']) => ({
    depth: indent.length,
    line: Number(line) || 0,
    file,
  }));
  return {
    root: treeOf(read),
    files: read.map(({ file }) => file),
    hosts: readHosts(lines),
    modules: matches(/^ (\w+_module) \((?:static|shared)\)$/).map(([, name = '']) => name),
    builtIn: matches(/^ (\w+_module) \(static\)$/).map(([, name = '']) => name),
    pidFile: matches(/^PidFile: "(.*)"$/)[0]?.[1],
    defines: new Map(matches(/^Define: ([^=]+)(?:=(.*))?$/).map(([, name = '', value = '']) => [name, value])),
  };
}

type Line = { readonly depth: number; readonly line: number; readonly file: string };

function treeOf(lines: readonly Line[]): ReadFile | undefined {
  type Growing = ReadFile & { readonly included: Growing[] };
  const open: { readonly depth: number; readonly node: Growing }[] = [];
  let root: Growing | undefined;
  for (const { depth, line, file } of lines) {
    const node: Growing = { file, line, included: [] };
    while (open.length > 0 && open.at(-1)!.depth >= depth) open.pop();
    open.at(-1)?.node.included.push(node);
    root ??= node;
    open.push({ depth, node });
  }
  return root;
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
