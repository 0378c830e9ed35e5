/** The members that keep files on a machine, and the servers that a machine has of them. */
import { err, ok, type Result } from '../../values/result.js';
import type { Member, PlacedServer } from './member.js';
import { APACHE } from './apache/manifest.js';
import { HAPROXY } from './haproxy/manifest.js';
import { NGINX } from './nginx/manifest.js';

const MEMBERS: readonly Member[] = [NGINX, APACHE, HAPROXY];

/** A server of a machine, as it is written there. */
export type ServerEntry = { readonly name: string; readonly kind: string; readonly place: unknown };
/** The same, understood. */
export type ServerHere = ServerEntry & { readonly placed: PlacedServer };

/** What is wrong with the first that is no server of ours, in words. */
export function placeServers(entries: readonly ServerEntry[]): Result<readonly ServerHere[], string> {
  const servers: ServerHere[] = [];
  for (const entry of entries) {
    const member = MEMBERS.find(({ kind }) => kind === entry.kind);
    if (!member) return err(`${entry.name}: ${entry.kind} is none of ${MEMBERS.map(({ kind }) => kind).join(', ')}`);
    const placed = member.place(entry.place);
    if (!placed.ok) return err(`${entry.name}: ${String(placed.problem.facts['detail'])}`);
    const sharer = servers.find((each) => each.placed.tree === placed.value.tree);
    if (sharer) return err(`${entry.name} and ${sharer.name} have the same tree`);
    servers.push({ ...entry, placed: placed.value });
  }
  return ok(servers);
}
