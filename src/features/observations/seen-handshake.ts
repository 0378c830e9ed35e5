/** A handshake that was seen, why it was made, and whether it proved what it had to. */
import type { KeyFamily } from '../../cores/pki/encoding/key-algorithm.js';
import type { StartTls } from '../../cores/tls/starttls/start-tls.js';
import type { Observation } from '../../cores/tls/observation.js';
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Problem } from '../../values/problems/problem.js';

/** BEFORE a change, its REHEARSAL on a private socket, AFTER it, after it was UNDONE, or a CHECK at any time. */
export const OCCASIONS = ['BEFORE', 'REHEARSAL', 'AFTER', 'UNDONE', 'CHECK'] as const;
export type Occasion = (typeof OCCASIONS)[number];

export type SeenHandshake = {
  readonly id: Id<'observation'>;
  readonly accountId: Id<'account'>;
  /** None where nothing is bound any more. */
  readonly bindingId?: Id<'binding'>;
  readonly deploymentId?: Id<'deployment'>;
  readonly occasion: Occasion;
  readonly at: Instant;
  /** Of the leaf that was shown, SHA-256, hex. */
  readonly fingerprint?: string;
  readonly observation: Observation;
  /** Why it proved nothing. */
  readonly problem?: Problem;
};

/** What is left of a handshake for those who need no more. */
export type Outcome = { readonly at: Instant; readonly proven: boolean };

/** Where to look, at a wildcard by a name that it stands for; `startTls`: what is said there before TLS. */
export type Place = { readonly address: IpAddress; readonly port: number; readonly name: CertificateName; readonly startTls?: StartTls };
export const placeText = ({ address, port, name }: { address: string; port: number; name: string }): string => `${address} ${port} ${name}`;

/** A place as those see it that know keys of one family alone: only signatures of such are offered. */
export type View = Place & { readonly keyFamily?: KeyFamily };

type Target = View & { readonly accountId: Id<'account'> };
/** As everybody sees it, and without what else its owner keeps in it. */
export const targetOf = ({ accountId, address, port, name, startTls }: Target): Target => ({
  ...{ accountId, address, port, name },
  ...(startTls && { startTls }),
});
export type BoundLook = Target & {
  readonly bindingId: Id<'binding'>;
  readonly issuerId: string;
  /** Absent: any certificate of that issuer that holds for the name. */
  readonly fingerprint?: string;
};
/** None of these may be shown; no answer at all is fine. */
export type GoneLook = Target & { readonly gone: readonly string[] };

/** A place to look at, and what has to be seen there. */
export type Look = BoundLook | GoneLook;
