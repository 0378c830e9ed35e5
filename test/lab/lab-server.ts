/**
 * A row of the lab: a server that is broken in one way (or sound), how it is started, what OpenSSL's client says about it, and what has to
 * be found. Rows are in servers/, a subject a file.
 */
import type net from 'node:net';
import type { Cause, Diagnosis, Evidence } from '../../src/cores/tls/diagnosis/diagnosis.js';
import type { StartTls } from '../../src/cores/tls/starttls/start-tls.js';
import type { TestCertificate } from '../support/pki/certificates.js';
import type { Listeners } from '../support/listen.js';
import type { Authorities } from './authorities.js';

export type LabServer = {
  /** Its host is this label below `lab.test`. */
  readonly label: string;
  /** In one sentence; of a sound one, what is special about it. */
  readonly what: string;
  /** One for each address of its name. */
  readonly at: Readonly<Record<string, Serving>>;
  /** It shows that the server is broken as `what` says, without a line of ours. None: there is nothing that it could look at. */
  readonly witnesses: readonly Witness[];
  /** Everything that is BROKEN, WEAK or UNKNOWN, the worst first. */
  readonly finds: readonly Finding[];
  /** What is noted besides. A server that has neither is sound, and nothing at all may be found. */
  readonly notes?: readonly Cause[];
  /** Left out: the name is asked for. */
  readonly asks?: 'ADDRESS_ALONE';
  readonly startTls?: StartTls;
  /** Days that our own clock is off. */
  readonly clock?: number;
  /** What is known beside the check. */
  readonly knowing?: (made: Made) => Partial<Evidence>;
  /** What plain HTTP on its other port does; a redirect to HTTPS where absent. */
  readonly plain?: Plain;
};
export type Finding = Pick<Diagnosis, 'cause' | 'severity' | 'whoActs'>;
export type Plain = 'REDIRECT' | 'SERVES' | 'REDIRECTS_TO_HTTP';

/** `openssl s_client` with these options, besides those that name the server and its root. */
type Witness = { readonly asked: readonly string[]; readonly says: RegExp };

export type Serving =
  | { readonly by: 'NGINX'; readonly blocks: readonly Block[] }
  /** In the settings of all programs CLIENT_CA and DH_1024 stand for files. */
  | { readonly by: 'APACHE' | 'HAPROXY' | 'OPENSSL'; readonly settings: readonly string[]; readonly certificates: readonly Recipe[] }
  | { readonly by: 'NODE'; readonly serve: Serve; readonly certificates: readonly Recipe[] }
  /** Nobody listens. */
  | { readonly by: 'NOBODY' };
/** A server block of nginx: `name` is the row's host where absent. */
export type Block = {
  readonly name?: string;
  /** `plain`: without TLS. */
  readonly listen?: 'plain';
  readonly settings: Readonly<Record<string, string>>;
  readonly certificates: readonly Recipe[];
};

/** Makes the certificate that a server is started with. */
export type Recipe = (authorities: Authorities, host: string) => Promise<Certified> | Certified;
export type Certified = TestCertificate & {
  /** OCSP response, DER, that is stapled. */
  readonly staple?: Uint8Array;
};

export type Site = {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly certificates: readonly Certified[];
  readonly listeners: Listeners;
};
/** Makes what listens at the site's address. */
export type Serve = (site: Site) => Promise<net.Server> | net.Server;

/** What a row came to. */
export type Made = {
  readonly authorities: Authorities;
  /** In the order of `at`, of its blocks and their recipes. */
  readonly certificates: readonly Certified[];
};

export const LOOPBACK = '127.0.0.1';
/** The usual row: one server on one address. */
export const on = (serving: Serving): LabServer['at'] => ({ [LOOPBACK]: serving });

export const broken = (cause: Finding['cause'], whoActs: Finding['whoActs'] = 'ADMIN'): Finding => ({ cause, severity: 'BROKEN', whoActs });
export const weak = (cause: Finding['cause'], whoActs: Finding['whoActs'] = 'ADMIN'): Finding => ({ cause, severity: 'WEAK', whoActs });
export const unknown = (cause: Finding['cause'], whoActs: Finding['whoActs'] = 'ADMIN'): Finding => ({
  cause,
  severity: 'UNKNOWN',
  whoActs,
});

export const says = (text: RegExp, ...asked: readonly string[]): Witness => ({ asked, says: text });
/** The chain is believed, and a handshake was made. */
export const FINE = says(/Verified peername/);
