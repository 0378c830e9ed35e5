/** The servers that are in nginx's configuration beside ours: what we could hide, or be hidden by. */
import { list, integer, record, text as shortText } from '../../../../values/json-shape.js';
import { parseIpAddress } from '../../../../values/ip-address.js';
import { everywhere, parseNginx, type Directive } from './parse.js';

/** `*`: every address of the machine, of IPv4; `::` the same of IPv6. */
type Listen = { readonly address: string; readonly port: number };
export type ForeignServer = { readonly file: string; readonly listens: readonly Listen[]; readonly names: readonly string[] };

/** From what `nginx -T` prints. `ownTree` is where our own files are. A file that we cannot read says nothing: nginx could. */
export const foreignServers = (dump: string, ownTree: string): readonly ForeignServer[] =>
  foreignServersOf(dump, ownTree).map(({ server }) => server);

/** The same, with all that is said in each. */
export function foreignServersOf(
  dump: string,
  ownTree: string,
): readonly { readonly server: ForeignServer; readonly block: readonly Directive[] }[] {
  const [, ...files] = dump.split(/^# configuration file (\/.*):$/m);
  const found: { server: ForeignServer; block: readonly Directive[] }[] = [];
  for (let at = 0; at < files.length; at += 2) {
    const [file, text] = [files[at] ?? '', files[at + 1] ?? ''];
    if (file.startsWith(`${ownTree}/`)) continue;
    const directives = parseNginx(text);
    if (!directives.ok) continue;
    for (const { block } of everywhere('server', directives.value)) if (block) found.push({ server: { file, ...described(block) }, block });
  }
  return found;
}

function described(server: readonly Directive[]): Omit<ForeignServer, 'file'> {
  const of = (wanted: string) => server.filter(({ name }) => name === wanted).flatMap(({ args }) => [args]);
  const listens = of('listen').flatMap(([where = '']) => readListen(where) ?? []);
  return { listens: of('listen').length > 0 ? listens : [{ address: '*', port: 80 }], names: of('server_name').flat() };
}

/** Undefined for unix sockets and for names, which are resolved only by nginx itself. */
function readListen(where: string): Listen | undefined {
  const match = /^(?:(\[[^\]]+\]|[^:]+):)?(\d{1,5})$/.exec(where);
  const [host, port] = match ? [match[1] ?? '*', Number(match[2])] : [where, 80];
  if (host === '*' || host === '[::]') return { address: host === '*' ? '*' : '::', port };
  const address = parseIpAddress(host.replace(/^\[|\]$/g, ''));
  if (!address.ok) return undefined;
  return { address: address.value === '0.0.0.0' ? '*' : address.value, port };
}

export const readForeignServers = (value: unknown): readonly ForeignServer[] =>
  list(value, 'servers', Number.MAX_SAFE_INTEGER, (entry, where) => {
    const server = record(entry, where, ['file', 'listens', 'names']);
    return {
      file: shortText(server.file, where, 4096),
      names: list(server.names, where, Number.MAX_SAFE_INTEGER, (name) => shortText(name, where, 1024)),
      listens: list(server.listens, where, Number.MAX_SAFE_INTEGER, (listen) => {
        const it = record(listen, where, ['address', 'port']);
        return { address: shortText(it.address, where, 100), port: integer(it.port, where, 0, 65_535) };
      }),
    };
  });
