/** Where a foreign configuration listens. Pure. */
import { parseIpAddress, type IpAddress } from '../../../../values/ip-address.js';
import { integer, list, record, text } from '../../../../values/json-shape.js';

/** `address`: `*` for every IPv4 address, `::` for every address of both kinds. `from` to `to`: its ports. */
export type ForeignBind = { readonly file: string; readonly address: string; readonly from: number; readonly to: number };

/** The `bind` lines of a file. One with a variable of the environment in it says nothing to us. */
export function foreignBinds(configuration: string, file: string): readonly ForeignBind[] {
  return configuration.split('\n').flatMap((line) => {
    const [word, places] = line.trim().split(/\s+/);
    if (word !== 'bind' || places === undefined) return [];
    return places
      .replaceAll('"', '')
      .split(',')
      .flatMap((place) => readBind(place, file));
  });
}

function readBind(place: string, file: string): readonly ForeignBind[] {
  const plain = place.replace(/^(ipv4|ipv6)@/, '');
  const [, host = '', first, last] = /^(.*?):(\d{1,5})(?:-(\d{1,5}))?$/.exec(plain) ?? [];
  if (first === undefined || host.includes('@') || host.includes('$')) return [];
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const everywhere = ['', '*', '0.0.0.0'].includes(bare) ? (place.startsWith('ipv6@') ? '::' : '*') : bare;
  const parsed = parseIpAddress(everywhere);
  return [{ file, address: parsed.ok ? parsed.value : everywhere, from: Number(first), to: Number(last ?? first) }];
}

export const readForeignBinds = (value: unknown): readonly ForeignBind[] =>
  list(value, 'binds', 100_000, (each, where) => {
    const bind = record(each, where, ['file', 'address', 'from', 'to']);
    return {
      file: text(bind.file, `${where}.file`, 4096),
      address: text(bind.address, `${where}.address`, 255),
      from: integer(bind.from, `${where}.from`, 0, 99_999),
      to: integer(bind.to, `${where}.to`, 0, 99_999),
    };
  });

/** Do connections to this address and port go there too, or instead? */
export const listensAt = ({ address, from, to }: ForeignBind, place: { address: IpAddress; port: number }): boolean =>
  from <= place.port &&
  place.port <= to &&
  (address === place.address || address === '::' || (address === '*' && !place.address.includes(':')));
