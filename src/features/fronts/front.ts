/** Which members of a pool get no visitors, where something in front of it can see to that. The rules, readable alone. */
import type { Id } from '../../values/id.js';
import { minutes, plus, type Instant } from '../../values/instant.js';
import { FRESH_FOR } from '../health/site-security.js';

/** A deployment and its proof take seconds; one undone is tried again after a minute. What lasts longer is no passing state. */
export const LAGS_FOR = minutes(5);

/** Since when it was seen to lag, and since when it is out. */
export type Lag = { readonly since: Instant; readonly takenOutAt?: Instant };
export type Member = {
  readonly serverId: Id<'server'>;
  /** Names that it does not show as it shall; absent where that is not known. */
  readonly unproven?: ReadonlySet<string>;
  readonly lag?: Lag;
};
export type Step = { readonly serverId: Id<'server'>; readonly do: 'note' | 'takeOut' | 'putBack' };

/** A binding, and its newest handshake. */
export type Looked = { readonly name: string; readonly outcome?: { readonly at: Instant; readonly proven: boolean } };

/** Undefined where one of its bindings was not looked at lately: nothing is done upon a guess. */
export function unprovenOf(bindings: readonly Looked[], now: Instant): ReadonlySet<string> | undefined {
  if (bindings.some(({ outcome }) => outcome && outcome.at < now - FRESH_FOR)) return undefined;
  return new Set(bindings.flatMap(({ name, outcome }) => (outcome?.proven ? [] : [name])));
}

/**
 * A member lags where another that gets visitors shows all that it shows, and more. That one stays: so one is never taken out for what is wrong
 * everywhere, and never the last.
 */
export function decide(members: readonly Member[], now: Instant): readonly Step[] {
  return members.flatMap((member): Step[] => {
    const { serverId, lag } = member;
    if (!member.unproven) return [];
    const lags = members.some((other) => other !== member && !other.lag?.takenOutAt && showsMore(other, member.unproven!));
    if (!lags) return lag ? [{ serverId, do: 'putBack' }] : [];
    if (!lag) return [{ serverId, do: 'note' }];
    return plus(lag.since, LAGS_FOR) <= now ? [{ serverId, do: 'takeOut' }] : [];
  });
}

const showsMore = ({ unproven }: Member, than: ReadonlySet<string>): boolean =>
  unproven !== undefined && unproven.size < than.size && [...unproven].every((name) => than.has(name));
