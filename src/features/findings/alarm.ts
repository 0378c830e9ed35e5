/** A site that was fine and is not. One alarm is one story: what else breaks before it ends belongs to it. */
import type { Diagnosis } from '../../cores/tls/diagnosis/diagnosis.js';
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';

export type Alarm = {
  readonly id: Id<'alarm'>;
  readonly accountId: Id<'account'>;
  readonly siteId: Id<'site'>;
  /** Where it was seen first. */
  readonly name: CertificateName;
  readonly diagnosis: Diagnosis;
  readonly raisedAt: Instant;
  /** Absent: it goes on. */
  readonly endedAt?: Instant;
};

type Facts = {
  readonly underWay: boolean;
  /** Was the site known to be fine before: proven by a handshake, or checked without anything broken? */
  readonly wasFine: boolean;
  /** What is broken that was not, the worst first. */
  readonly newlyBroken: readonly Diagnosis[];
  /** Is anything broken now, at any name of the site? */
  readonly broken: boolean;
};
type Decision = { readonly do: 'raise'; readonly diagnosis: Diagnosis } | { readonly do: 'end' } | { readonly do: 'nothing' };

/** A site that never was fine raises none: whoever sets it up sees its findings. */
export function decide({ underWay, wasFine, newlyBroken: [first], broken }: Facts): Decision {
  if (underWay) return broken ? { do: 'nothing' } : { do: 'end' };
  return wasFine && first ? { do: 'raise', diagnosis: first } : { do: 'nothing' };
}
