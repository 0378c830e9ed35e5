/**
 * What the newest handshakes say about a site. "Secure" is this answer, made anew each time; nothing stores it. A site is promised
 * to answer for each of its names at each address of its servers: what is bound nowhere yet, or was not looked at, is missing.
 */
import type { Health } from '../../cores/tls/health.js';
import { judgeHealth, type Promised } from '../../cores/tls/health.js';
import type { KeyFamily } from '../../cores/pki/encoding/key-algorithm.js';
import type { Observation } from '../../cores/tls/observation.js';
import type { CertificateName } from '../../values/hostname.js';
import { minutes, type Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import { askedFor } from '../bindings/binding.js';

/** A handshake older than this says nothing about now. */
export const FRESH_FOR = minutes(30);
/** Every binding is looked at this often: well within FRESH_FOR, so that one lost round does not turn a site UNKNOWN. */
export const CHECK_EVERY = minutes(10);

type Address = { readonly ip: IpAddress; readonly ports: readonly { readonly port: number }[] };
/** What is known of one binding: the roots of its certificate's issuer, and the newest handshake there. */
export type Known = {
  readonly ip: IpAddress;
  readonly port: number;
  readonly name: CertificateName;
  /** DER. Absent where they could not be found out: then nothing can be judged, which is not the same as "untrusted". */
  readonly roots?: readonly Uint8Array[];
  readonly newest?: Observation;
  /** It is one of an RSA and an ECDSA pair; the other is known beside it. */
  readonly keyFamily?: KeyFamily;
};
/** What holds for the whole site. */
type Facts = {
  readonly now: Instant;
  /** SHA-256 fingerprints, hex. */
  readonly revoked: ReadonlySet<string>;
};

export function siteSecurity(
  names: readonly CertificateName[],
  addresses: readonly Address[],
  known: readonly Known[],
  { now, revoked }: Facts,
): Health {
  const at = Map.groupBy(known, (binding) => keyOf(binding.ip, binding.port, binding.name));
  const promises = addresses.flatMap(({ ip, ports }) =>
    ports.flatMap(({ port }) =>
      names.flatMap((name): Promised[] =>
        (at.get(keyOf(ip, port, name)) ?? [{}]).map(({ roots = [], keyFamily }: Partial<Known>) => {
          return { name: askedFor(name), address: ip, port, roots, revoked, ...(keyFamily && { keyFamily }) };
        }),
      ),
    ),
  );
  const seen = known.flatMap(({ roots, newest }) => (roots && newest ? [newest] : []));
  return judgeHealth(promises, seen, { now, freshFor: FRESH_FOR });
}

const keyOf = (ip: IpAddress, port: number, name: CertificateName): string => `${name} ${ip} ${port}`;
