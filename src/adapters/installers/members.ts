/** The members of the family, and the servers that a machine has of them: those that keep files there, and those that are asked over an API. */
import { parseJson, readShape, record, text } from '../../values/json-shape.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Host, Verbs } from '../hosts/host.js';
import { CPANEL, parsePlace, type CpanelPlace } from './cpanel/cpanel-place.js';
import type { Member, PlacedServer } from './member.js';
import { APACHE } from './apache/manifest.js';
import { DOVECOT } from './dovecot/manifest.js';
import { HAPROXY } from './haproxy/manifest.js';
import { NGINX } from './nginx/manifest.js';
import { POSTFIX } from './postfix/manifest.js';

const MEMBERS: readonly Member[] = [NGINX, APACHE, HAPROXY, DOVECOT, POSTFIX];

/** A server of a machine, as it is written there. */
export type ServerEntry = { readonly name: string; readonly kind: string; readonly place: unknown };
/** The same, understood. */
export type ServerHere = ServerEntry & { readonly placed: PlacedServer };
export type CpanelHere = { readonly name: string; readonly place: CpanelPlace };
export type ServersHere = { readonly onDisk: readonly ServerHere[]; readonly cpanels: readonly CpanelHere[] };

/** What is wrong with the first that is no server of ours, in words. */
export function placeServers(entries: readonly ServerEntry[]): Result<ServersHere, string> {
  const onDisk: ServerHere[] = [];
  const cpanels: CpanelHere[] = [];
  for (const entry of entries) {
    const wrong = (cause: string) => err(`${entry.name}: ${cause}`);
    if (entry.kind === CPANEL) {
      const place = parsePlace(entry.place);
      if (!place.ok) return wrong(String(place.problem.facts['detail']));
      cpanels.push({ name: entry.name, place: place.value });
      continue;
    }
    const placed = placeServer(entry);
    if (!placed.ok) return wrong(placed.problem);
    const sharer = onDisk.find((each) => each.placed.tree === placed.value.tree);
    if (sharer) return err(`${entry.name} and ${sharer.name} have the same tree`);
    onDisk.push({ ...entry, placed: placed.value });
  }
  return ok({ onDisk, cpanels });
}

function placeServer({ kind, place }: Pick<ServerEntry, 'kind' | 'place'>): Result<PlacedServer, string> {
  const member = MEMBERS.find((each) => each.kind === kind);
  if (!member) return err(`${kind} is none of ${[...MEMBERS.map((each) => each.kind), CPANEL].join(', ')}`);
  const placed = member.place(place);
  return placed.ok ? placed : err(String(placed.problem.facts['detail']));
}

const TELL_PLACE = 'server-place';

/** What a helper does beside its server's verbs: it says which server that is. Who asks over SSH knows nothing of it but its name. */
export const verbsOf = ({ kind, place, placed }: ServerHere): Verbs => ({
  ...placed.verbs,
  [TELL_PLACE]: () => Promise.resolve(ok(JSON.stringify({ kind, place }))),
});

/** The server behind a helper on another machine. SERVER_UNREACHABLE where it is another one than `kind`. */
export async function serverBehind(host: Host, kind: string): Promise<Result<PlacedServer>> {
  const words = await host.run(TELL_PLACE, []);
  if (!words.ok) return words;
  const told = readShape(() => {
    const it = record(parseJson(words.value), 'server', ['kind', 'place']);
    return { kind: text(it.kind, 'kind', 40), place: it.place };
  });
  const unfit = (detail: string) => err(problem('SERVER_UNREACHABLE', { detail }));
  if (!told.ok) return unfit('its helper does not say which server it is');
  if (told.value.kind !== kind) return unfit(`its helper drives a server of the kind ${told.value.kind}`);
  const placed = placeServer(told.value);
  return placed.ok ? placed : unfit(placed.problem);
}
