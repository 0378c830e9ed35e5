/**
 * The full check of one site. What is asked is decided in cores/tls/check; probe/ connects, within budgets. Nothing here judges:
 * cores/tls/diagnosis does.
 */
import type { Topic } from '../../cores/tls/check/probe.js';
import type { SiteCheck } from '../../cores/tls/check/site-check.js';
import type { StartTls } from '../../cores/tls/starttls/start-tls.js';
import type { Hostname } from '../../values/hostname.js';
import type { IpAddress } from '../../values/ip-address.js';

/** OURS: a server of this platform, as fast as it answers. POLITE: somebody else's, who may take us for an attack. */
export type Pace = 'OURS' | 'POLITE';

export type CheckRequest = {
  /** Sent as SNI; looked up, where no `address` is given. One of the two is there. */
  readonly name?: Hostname;
  /** Dialled in the place of what the name leads to. */
  readonly address?: IpAddress;
  readonly port: number;
  readonly startTls?: StartTls;
  /** Where plain HTTP is to be asked for `/`. Where absent: 80 for a site on port 443, and nowhere for others. */
  readonly plainPort?: number;
  readonly pace: Pace;
  /** Those of its addresses that are ours, whatever the pace of the others: a name leads to wherever its owner wants. */
  readonly ours?: ReadonlySet<IpAddress>;
};

/** To all addresses of one site together. */
export const MOST_CONNECTIONS = 150;
/** What one address is looked at briefly with: a handshake as browsers make it, one in each version of today, one without the name, one with a wrong one, plain HTTP; and two more. */
export const LEAST_CONNECTIONS = 8;

export type CheckProgress = {
  readonly connections: { readonly used: number; readonly budget: number };
  readonly addresses: { readonly done: number; readonly all: number };
  /** What is being asked now. */
  readonly topic: Topic;
};

export type CheckOptions = {
  /** After each connection. */
  readonly onProgress?: (progress: CheckProgress) => void;
  /** Aborted: what is known by then is answered, the rest as CHECK_STOPPED. */
  readonly signal?: AbortSignal;
  /** For the whole check; a minute where absent. */
  readonly timeoutMs?: number;
  /** For one connection, from the dialling to the last byte; five seconds where absent. */
  readonly connectionMs?: number;
  /** For the whole check; MOST_CONNECTIONS where absent. With less than LEAST_CONNECTIONS for an address, it is left out. */
  readonly budget?: number;
};

export interface SiteChecker {
  /** Never rejects: what goes wrong is in the answer. `addresses`: NAME_*, ADDRESS_NOT_ALLOWED, NOT_A_PORT. */
  check(request: CheckRequest, options?: CheckOptions): Promise<SiteCheck>;
}
/** Nest token. */
export const SITE_CHECKER = Symbol('SiteChecker');
