/** How members of the family differ, as far as the contract lets them. */
export type InstallerTraits = {
  /** Can it show what is staged, before strangers see it? */
  readonly rehearses: boolean;
  /** What its server cannot do, each with the reason, which the run prints. */
  readonly lacks?: Partial<Record<Lack, string>>;
  /** Absent: a server of web sites, which shows challenges, tells addresses apart, and whose wildcards stand for one label. */
  readonly mail?: {
    /** A command that is answered before anybody has logged in. */
    readonly noop: string;
    readonly wildcardsOfOneLabel: boolean;
  };
};
export type Lack =
  /** An RSA and an ECDSA certificate for one name. */
  | 'CERTIFICATE_PAIR'
  /** Files of CAs at addresses where the name itself does not answer. */
  | 'CHALLENGES_AT_EVERY_ADDRESS'
  /** A certificate of nobody for names that are not served, those below a wildcard's label among them. */
  | 'NEUTRAL_TO_STRANGERS'
  /** What is staged is laid down where the server writes. */
  | 'STAGES_ON_ITS_DISK'
  | 'TELLS_TLS_LIBRARY';
