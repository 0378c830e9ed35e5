/** How members of the family differ, as far as the contract lets them. */
import type { ChallengeResponder, Installer, Rehearses, SetsRight } from '../../src/adapters/installers/installer.js';
import type { IpAddress } from '../../src/values/ip-address.js';

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

export type InstallerFixture = {
  readonly installer: Installer & Partial<Rehearses & SetsRight> & ChallengeResponder;
  /** Two addresses that it listens on. */
  readonly places: readonly [ServerPlace, ServerPlace];
  /** kill -9 of the server, and a start on what it left. */
  crash(): Promise<void>;
  /** Leaves no room where the server writes, until the returned function is called; undefined where that cannot be done here. */
  readonly fillDisk: (() => Promise<() => Promise<void>>) | undefined;
  stop(): Promise<void>;
};
/** Of a web server with a port for plain HTTP; of a mail server with what is spoken before TLS, if anything is. */
export type ServerPlace = {
  readonly address: IpAddress;
  readonly port: number;
  readonly httpPort?: number;
  readonly startTls?: 'smtp' | 'imap' | 'pop3';
};
