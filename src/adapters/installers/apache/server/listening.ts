/** The sockets on which programs of this machine listen for TCP (proc_net(5)), in the network that this process is in. */
import { readFile } from 'node:fs/promises';
import { parseIpAddress } from '../../../../values/ip-address.js';
import type { Listen } from '../syntax/dump.js';

export type ListeningSocket = Listen & { readonly inode: string };

/** `*` is `0.0.0.0`, and `::` is `::`, which takes IPv4 as well as Apache opens it. */
export async function listeningSockets(): Promise<readonly ListeningSocket[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')));
  return tables.flatMap((table) => table.split('\n').flatMap(readLine));
}

function readLine(line: string): readonly ListeningSocket[] {
  const LISTENING = '0A';
  const fields = line.trim().split(/\s+/);
  const [, local = '', , state, , , , , , inode = ''] = fields;
  const [, address = '', port = ''] = /^([0-9A-F]{8}(?:[0-9A-F]{24})?):([0-9A-F]{4})$/.exec(local) ?? [];
  return state === LISTENING && address !== '' ? [{ address: spelled(address), port: parseInt(port, 16), inode }] : [];
}

/** Words of four octets, each as the machine keeps a number: the last octet first. */
function spelled(hex: string): string {
  const octets = [...Buffer.from(hex, 'hex').toString('latin1')].map((each) => each.charCodeAt(0));
  const inOrder = octets.map((_, at) => octets[(at & ~3) + 3 - (at & 3)] ?? 0);
  if (inOrder.length === 4) return inOrder.every((octet) => octet === 0) ? '*' : inOrder.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((inOrder[2 * at]! << 8) | inOrder[2 * at + 1]!).toString(16));
  const address = parseIpAddress(groups.join(':'));
  return address.ok ? address.value : '::';
}

/**
 * In words, the first place where Apache would have to listen anew and cannot: it opens what is new before it closes what is old, and ends where
 * that fails. `own`: the sockets that it has.
 */
export function inTheWay(listens: readonly Listen[], sockets: readonly ListeningSocket[], own: ReadonlySet<string>): string | undefined {
  for (const { address, port } of listens) {
    const there = sockets.filter((socket) => socket.port === port);
    // `Listen 80` is one socket, of IPv6, where the machine has that.
    const same = address === '*' ? ['*', '::'] : address === '0.0.0.0' ? ['*'] : [address];
    if (there.some((socket) => own.has(socket.inode) && same.includes(socket.address))) continue;
    const other = there.find((socket) => overlap(address, socket.address));
    if (!other) continue;
    const who = own.has(other.inode) ? 'it listens' : 'another program listens';
    return `${who} at ${other.address}:${port} already, so that it cannot begin to at ${address}:${port}: it would end over that`;
  }
  return undefined;
}

const overlap = (a: string, b: string): boolean =>
  a === b ||
  [a, b].some((each) => ['*', '::'].includes(each)) ||
  ([a, b].includes('0.0.0.0') && ![a, b].some((each) => each.includes(':')));
