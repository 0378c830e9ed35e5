/**
 * What a server has to change: the difference between what shall be served and what its inventory says. Only what we put there is
 * ever taken away: what somebody else serves on the same server is none of our business.
 */
import { keyFamilyOf, type KeyFamily } from '../../cores/pki/encoding/key-algorithm.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import { certificateIdsOf, isDue, placeOf, type Binding } from '../bindings/binding.js';
import { placeText, type Place } from '../observations/seen-handshake.js';

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
  /** Which of an RSA and an ECDSA pair that is, and the other. */
  readonly keyFamily?: KeyFamily;
  readonly companion?: {
    readonly certificateId: Id<'certificate'>;
    readonly issuerId: string;
    readonly to: string;
    readonly keyFamily: KeyFamily;
  };
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
type Stored = {
  readonly id: Id<'certificate'>;
  readonly fingerprint: string;
  readonly issuerId: string;
  readonly keyAlgorithm: string;
};

/** Everything that is known of those places, and maybe of others. */
export type Known = {
  readonly bindings: readonly Binding[];
  /** By id. */
  readonly certificates: ReadonlyMap<string, Stored>;
  readonly placements: readonly Placement[];
  readonly installed: readonly Installed[];
};

/** At most `most` changes and as many removals. */
export function plan({ bindings, certificates, placements, installed }: Known, now: Instant, most: number): Plan {
  const there = shownAt(installed);
  const due = bindings.flatMap((binding): (PlannedChange & { readonly attempts: number })[] => {
    const [certificate, companion] = wantedAt(binding, certificates);
    const from = there.get(placeText(placeOf(binding))) ?? [];
    if (!certificate || !isDue(binding, now) || isShown(binding, certificates, from)) return [];
    return [
      {
        ...placeOf(binding),
        bindingId: binding.id,
        accountId: binding.accountId,
        certificateId: certificate.id,
        issuerId: certificate.issuerId,
        from,
        to: certificate.fingerprint,
        ...(companion && besides(certificate, companion)),
        attempts: binding.refused?.certificateId === certificate.id ? binding.refused.attempts : 0,
      },
    ];
  });
  const wanted = new Set(bindings.map((binding) => placeText(placeOf(binding))));
  const stale = placements.flatMap((placement): (PlannedRemoval & { readonly attempts: number })[] => {
    const { attempts, retryAt, ...place } = placement;
    const from = there.get(placeText(placement));
    const waits = retryAt !== undefined && retryAt > now;
    return from === undefined || waits || wanted.has(placeText(placement)) ? [] : [{ ...place, from, attempts }];
  });
  return { changes: together(due, most), removals: together(stale, most) };
}

/** Those that the server shows as they shall be: there is nothing to do about them. */
export function settledAmong({ bindings, certificates, installed }: Omit<Known, 'placements'>): readonly Binding[] {
  const there = shownAt(installed);
  return bindings.filter((binding) => isShown(binding, certificates, there.get(placeText(placeOf(binding))) ?? []));
}

/** Those of which the server has something. */
export function thereAmong(placements: readonly Placement[], installed: readonly Installed[]): readonly Placement[] {
  const there = shownAt(installed);
  return placements.filter((placement) => there.has(placeText(placement)));
}

const wantedAt = (binding: Binding, certificates: Known['certificates']): readonly Stored[] =>
  certificateIdsOf(binding).flatMap((id) => certificates.get(id) ?? []);

function isShown(binding: Binding, certificates: Known['certificates'], from: readonly string[]): boolean {
  const wanted = wantedAt(binding, certificates);
  return (
    !binding.again && wanted.length > 0 && from.length === wanted.length && wanted.every(({ fingerprint }) => from.includes(fingerprint))
  );
}

/** Only keys of the two families are ever paired. */
function besides(certificate: Stored, { id: certificateId, issuerId, fingerprint: to, keyAlgorithm }: Stored) {
  const keyFamily = keyFamilyOf(certificate.keyAlgorithm);
  return { ...(keyFamily && { keyFamily }), companion: { certificateId, issuerId, to, keyFamily: keyFamilyOf(keyAlgorithm)! } };
}

const shownAt = (installed: readonly Installed[]): ReadonlyMap<string, readonly string[]> =>
  new Map(installed.map(({ key, fingerprints }) => [placeText(key), fingerprints]));

/**
 * What was never refused goes first. What was is tried apart from it and in ever smaller groups, at last alone: a server that does
 * not say which binding it refuses would hold up all that come with it for good.
 */
function together<T extends { readonly attempts: number }>(due: readonly T[], most: number): readonly Omit<T, 'attempts'>[] {
  const fewest = due.reduce((least, { attempts }) => Math.min(least, attempts), Infinity);
  const group = due.filter(({ attempts }) => attempts === fewest).slice(0, Math.ceil(most / 4 ** fewest));
  return group.map(({ attempts: _, ...planned }) => planned);
}
