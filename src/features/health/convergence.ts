/** Who serves which certificate, since when: what is wanted at each place of a site beside what its newest handshake showed. */
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Problem } from '../../values/problems/problem.js';
import type { Binding } from '../bindings/binding.js';
import { FRESH_FOR } from './site-security.js';

export const CONVERGENCE_STATES = ['CONVERGED', 'LAGGING', 'UNREACHABLE', 'UNKNOWN'] as const;
export type ConvergenceState = (typeof CONVERGENCE_STATES)[number];

type Place = { readonly serverId: Id<'server'>; readonly ip: IpAddress; readonly port: number; readonly name: CertificateName };
/** `serial`, `fingerprint` (SHA-256 of the leaf): lower-case hex. */
type Version = { readonly serial?: string; readonly fingerprint: string; readonly since: Instant };
export type Convergence = Place & {
  /** Absent where nothing is bound yet. */
  readonly wanted?: Version;
  /** What was shown last, and since when; absent where none was seen. */
  readonly shown?: Version;
  readonly state: ConvergenceState;
  /** Why it is not CONVERGED. */
  readonly problem?: Problem;
};

/** What is known of a place. `seen`: its newest handshake. `refusal`: why its last deployment did not serve it. */
export type Known = {
  readonly binding?: Pick<Binding, 'wantedSince' | 'shown'>;
  readonly certificate?: { readonly serial: string; readonly fingerprint: string };
  readonly seen?: { readonly at: Instant; readonly fingerprint?: string; readonly problem?: Problem };
  readonly refusal?: Problem;
};

/** `serialOf`: of a leaf that was shown, by its fingerprint. */
export function convergenceAt(
  place: Place,
  known: Known,
  serialOf: (fingerprint: string) => string | undefined,
  now: Instant,
): Convergence {
  const { binding, certificate, seen, refusal } = known;
  if (!binding || !certificate) return { ...place, state: 'UNKNOWN' };
  const { shown } = binding;
  const serial = shown && serialOf(shown.fingerprint);
  const row = {
    ...place,
    wanted: { ...certificate, since: binding.wantedSince },
    ...(shown && { shown: { ...shown, ...(serial !== undefined && { serial }) } }),
  };
  if (!seen || seen.at < now - FRESH_FOR) return { ...row, state: 'UNKNOWN', ...(refusal && { problem: refusal }) };
  if (seen.fingerprint === undefined) return { ...row, state: 'UNREACHABLE', ...(seen.problem && { problem: seen.problem }) };
  if (seen.fingerprint === certificate.fingerprint) return { ...row, state: 'CONVERGED' };
  const why = refusal ?? seen.problem;
  return { ...row, state: 'LAGGING', ...(why && { problem: why }) };
}
