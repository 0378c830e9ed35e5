/** What a server has to change: the difference between what shall be served and what its inventory says. */
import type { CertificateName, Hostname } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import { isDue, type Binding } from '../bindings/binding.js';
import type { PlannedChange, PlannedRemoval } from './deployment.js';

type Place = { readonly address: IpAddress; readonly port: number; readonly name: CertificateName };
export type Installed = { readonly key: Place; readonly fingerprints: readonly string[] };
type Stored = { readonly id: Id<'certificate'>; readonly fingerprint: string; readonly issuerId: string };

/**
 * Bindings changed in one go. A larger change takes longer to prove, and longer to take back; the next one follows at once.
 */
export const MOST_CHANGES = 200;

export function plan(
  bindings: readonly Binding[],
  certificates: ReadonlyMap<string, Stored>,
  installed: readonly Installed[],
  now: Instant,
): { changes: readonly PlannedChange[]; removals: readonly PlannedRemoval[] } {
  const there = new Map(installed.map(({ key, fingerprints }) => [placeText(key), fingerprints]));
  const due = bindings.flatMap((binding): (PlannedChange & { readonly attempts: number })[] => {
    const certificate = certificates.get(binding.certificateId);
    const from = there.get(placeText(asPlace(binding))) ?? [];
    if (!certificate || !isDue(binding, now) || (from.length === 1 && from[0] === certificate.fingerprint)) return [];
    const { id: bindingId, accountId, ip: address, port, name } = binding;
    return [
      {
        bindingId,
        accountId,
        address,
        port,
        name,
        certificateId: certificate.id,
        issuerId: certificate.issuerId,
        from,
        to: certificate.fingerprint,
        attempts: binding.refused?.certificateId === certificate.id ? binding.refused.attempts : 0,
      },
    ];
  });
  const wanted = new Set(bindings.map((binding) => placeText(asPlace(binding))));
  const removals = installed.map(({ key }) => key).filter((key) => !wanted.has(placeText(key)));
  return { changes: together(due), removals: removals.slice(0, MOST_CHANGES) };
}

/**
 * What was never refused goes first. What was is tried apart from it and in ever smaller groups, at last alone: a server that does
 * not say which binding it refuses would hold up all that come with it for good.
 */
function together(due: readonly (PlannedChange & { readonly attempts: number })[]): readonly PlannedChange[] {
  const fewest = due.reduce((least, { attempts }) => Math.min(least, attempts), Infinity);
  const group = due.filter(({ attempts }) => attempts === fewest).slice(0, Math.ceil(MOST_CHANGES / 4 ** fewest));
  return group.map(({ attempts: _, ...change }) => change);
}

export const placeText = ({ address, port, name }: Place): string => `${address} ${port} ${name}`;
const asPlace = ({ ip, port, name }: { ip: IpAddress; port: number; name: Hostname }): Place => ({ address: ip, port, name });
