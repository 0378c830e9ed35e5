/**
 * A site on its way from one home to another: made there before it is broken here. The rules, readable alone.
 *
 * ```
 * PREPARING ── all is proven there ──> DRAINING ── nobody is led to the old servers any more ──> DONE
 *     └── cancelled ──> CANCELLED
 * ```
 */
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import { hours, minutes, plus, seconds, type Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';

export const MOVE_STATES = ['PREPARING', 'DRAINING', 'DONE', 'CANCELLED'] as const;
export type MoveState = (typeof MOVE_STATES)[number];

export type Move = {
  readonly id: Id<'move'>;
  readonly accountId: Id<'account'>;
  readonly siteId: Id<'site'>;
  readonly fromServerId: Id<'server'>;
  readonly toServerId: Id<'server'>;
  readonly state: MoveState;
  /** Servers that the site got for it, and loses where it is cancelled. */
  readonly added: readonly Id<'server'>[];
  /** Servers that it loses in the end. */
  readonly leaving: readonly Id<'server'>[];
  readonly createdAt: Instant;
  readonly switchedAt?: Instant;
  /** Since when all names of the site lead to its other servers alone. */
  readonly leftSince?: Instant;
  readonly dueAt: Instant;
  readonly finishedAt?: Instant;
};

/** Resolvers keep what they were told for a day at most, but for those that do not keep to it; the rest is for who looks away over a weekend day. */
export const LEFT_FOR = hours(48);
/** A deployment and its proof take seconds. */
export const READY_AGAIN = seconds(5);
/** DNS is asked this often for each name. */
export const LEFT_AGAIN = minutes(10);

type Row = { readonly serverId: string; readonly name: string; readonly state: string; readonly wanted?: unknown };

/** Is all that the site shows anywhere proven on these servers? A name that is bound nowhere is none to wait for. */
export function isReady(rows: readonly Row[], servers: readonly string[]): boolean {
  const shown = new Set(rows.filter(({ wanted }) => wanted !== undefined).map(({ name }) => name));
  return rows.every(({ serverId, name, state }) => !servers.includes(serverId) || !shown.has(name) || state === 'CONVERGED');
}

/** `undefined`: it could not be found out. */
export type Led = ReadonlyMap<CertificateName, readonly IpAddress[] | undefined>;

/** Since when nobody is led elsewhere, looked at now: what could not be found out leaves it as it was, and ends nothing. */
export function leftSince({ leftSince: since }: Pick<Move, 'leftSince'>, led: Led, ours: ReadonlySet<IpAddress>, now: Instant) {
  const each = [...led.values()];
  if (each.some((addresses) => addresses?.some((ip) => !ours.has(ip)) || addresses?.length === 0)) return { since: undefined, over: false };
  if (each.some((addresses) => addresses === undefined)) return { since, over: false };
  return { since: since ?? now, over: since !== undefined && plus(since, LEFT_FOR) <= now };
}
