/**
 * What a server has to change: the difference between what shall be served and what its inventory says. Only what we put there is
 * ever taken away: what somebody else serves on the same server is none of our business.
 */
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import { isDue, type Binding } from '../bindings/binding.js';
import { placeText } from '../observations/seen-handshake.js';

type Place = { readonly address: IpAddress; readonly port: number; readonly name: CertificateName };

/** One binding of a change. */
export type PlannedChange = Place & {
  readonly bindingId: Id<'binding'>;
  readonly accountId: Id<'account'>;
  readonly certificateId: Id<'certificate'>;
  readonly issuerId: string;
  /** What the server shows there before. */
  readonly from: readonly string[];
  /** What it shall show. */
  readonly to: string;
};
/** What we put there and nobody wants there any more. */
export type PlannedRemoval = Place & { readonly accountId: Id<'account'>; readonly from: readonly string[] };
export type Plan = { readonly changes: readonly PlannedChange[]; readonly removals: readonly PlannedRemoval[] };

/** Something of ours that is on a server, or was to be put there. */
export type Placement = Place & {
  readonly accountId: Id<'account'>;
  /** Removals in a row that could not be proven. */
  readonly attempts: number;
  /** Not taken away before. */
  readonly retryAt?: Instant;
};

type Installed = {
  readonly key: { readonly address: IpAddress; readonly port: number; readonly name: string };
  readonly fingerprints: readonly string[];
};
type Stored = { readonly id: Id<'certificate'>; readonly fingerprint: string; readonly issuerId: string };

/**
 * Bindings changed in one go. A larger change takes longer to prove, and longer to take back; the next one follows at once.
 */
export const MOST_CHANGES = 200;

/** `certificates`: by id. `placements`: all of the server's. */
export function plan(
  bindings: readonly Binding[],
  certificates: ReadonlyMap<string, Stored>,
  placements: readonly Placement[],
  installed: readonly Installed[],
  now: Instant,
): Plan {
  const there = new Map(installed.map(({ key, fingerprints }) => [placeText(key), fingerprints]));
  const due = bindings.flatMap((binding): (PlannedChange & { readonly attempts: number })[] => {
    const certificate = certificates.get(binding.certificateId);
    const from = there.get(placeText(asPlace(binding))) ?? [];
    const isThere = from.length === 1 && from[0] === certificate?.fingerprint;
    if (!certificate || !isDue(binding, now) || (isThere && !binding.again)) return [];
    return [
      {
        ...asPlace(binding),
        bindingId: binding.id,
        accountId: binding.accountId,
        certificateId: certificate.id,
        issuerId: certificate.issuerId,
        from,
        to: certificate.fingerprint,
        attempts: binding.refused?.certificateId === certificate.id ? binding.refused.attempts : 0,
      },
    ];
  });
  const wanted = new Set(bindings.map((binding) => placeText(asPlace(binding))));
  const stale = placements.flatMap((placement): (PlannedRemoval & { readonly attempts: number })[] => {
    const { address, port, name, accountId, attempts, retryAt } = placement;
    const from = there.get(placeText(placement));
    const waits = retryAt !== undefined && retryAt > now;
    return from === undefined || waits || wanted.has(placeText(placement)) ? [] : [{ address, port, name, accountId, from, attempts }];
  });
  return { changes: together(due), removals: together(stale) };
}

/**
 * What was never refused goes first. What was is tried apart from it and in ever smaller groups, at last alone: a server that does
 * not say which binding it refuses would hold up all that come with it for good.
 */
function together<T extends { readonly attempts: number }>(due: readonly T[]): readonly Omit<T, 'attempts'>[] {
  const fewest = due.reduce((least, { attempts }) => Math.min(least, attempts), Infinity);
  const group = due.filter(({ attempts }) => attempts === fewest).slice(0, Math.ceil(MOST_CHANGES / 4 ** fewest));
  return group.map(({ attempts: _, ...planned }) => planned);
}

const asPlace = ({ ip, port, name }: Binding): Place => ({ address: ip, port, name });
