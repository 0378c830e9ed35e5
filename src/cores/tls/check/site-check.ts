/**
 * What a full check of one site found: facts, on every address of its name, each with "could not be found out" as an answer of its
 * own (`err`). What was not asked, because something before it makes it pointless, is absent. Judgement is diagnosis/'s.
 */
import type { StartTls } from '../starttls/start-tls.js';
import type { Hostname } from '../../../values/hostname.js';
import type { Instant } from '../../../values/instant.js';
import type { IpAddress } from '../../../values/ip-address.js';
import type { Result } from '../../../values/result.js';
import type { Observation } from '../observation.js';

export type SiteCheck = {
  /** Sent as SNI. Absent: an address was checked, without a name. */
  readonly name?: Hostname;
  readonly port: number;
  readonly startTls?: StartTls;
  readonly at: Instant;
  readonly tookMs: number;
  /** Those that the name has and that were checked; NAME_* where there is none. */
  readonly addresses: Result<readonly AddressCheck[]>;
  /** Addresses of the name that were left out, because there are too many, or because the guard does not allow them. */
  readonly leftOut: readonly IpAddress[];
  /** `used` never is above `budget`. */
  readonly connections: { readonly used: number; readonly budget: number };
};

/** BRIEF: is it the same server, with the same certificate, as at an address that was asked in full? */
export type Depth = 'FULL' | 'BRIEF';

export type AddressCheck = {
  readonly address: IpAddress;
  readonly port: number;
  /** The handshakes of today, and what is shown without the name, were all that was asked: the budget of the site was not enough for more. */
  readonly brief?: true;
  /** A handshake as a browser of today makes it; all that follows is asked only where something answered. */
  readonly baseline: Observation;
  /** Nothing was answered that named the site, and something without its name: so all that follows was asked. */
  readonly nameLeftOut?: true;
  /** The same with one version alone, to be read side by side; those that the server has. */
  readonly handshakes: readonly Observation[];
  readonly versions: readonly VersionSupport[];
  /** Named as IANA does, in the order of the server's choice, where it has one. */
  readonly groups?: Result<readonly string[]>;
  /** `rsa_pss_rsae_sha256`; of the server's signatures, by version. */
  readonly signatureAlgorithms?: readonly { readonly version: number; readonly names: Result<readonly string[]> }[];
  /** Each other certificate once: a server may have one for ECDSA and one for RSA. */
  readonly certificates: readonly ShownCertificate[];
  readonly withoutName?: Result<NamelessAnswer>;
  readonly wrongName?: Result<NamelessAnswer>;
  /** Of `h2` and `http/1.1`. */
  readonly alpn?: Result<readonly string[]>;
  readonly resumption: { readonly sessionId?: Result<boolean>; readonly ticket?: Result<boolean>; readonly psk?: Result<boolean> };
  /** Does a ticket of TLS 1.3 allow data in the first flight? */
  readonly earlyData?: Result<boolean>;
  readonly extendedMasterSecret?: Result<boolean>;
  readonly encryptThenMac?: Result<boolean>;
  /** RFC 5746. */
  readonly secureRenegotiation?: Result<boolean>;
  /** RFC 7507: refuses a client that says it fell back. Absent where the server has one version alone. */
  readonly fallbackScsv?: Result<boolean>;
  readonly compression?: Result<boolean>;
  readonly clientCertificate?: Result<'NOT_ASKED' | 'OPTIONAL' | 'REQUIRED'>;
  /** What a ClientHello of the baseline's kind is answered with, changed in one thing. True: as if it were not changed. */
  readonly tolerates: Readonly<Partial<Record<Tolerance, Result<boolean>>>>;
  /** The site over HTTP; absent on a port of mail. */
  readonly http?: HttpFacts;
  readonly connections: number;
};

export const TOLERANCES = [
  'NEW_VERSION',
  'UNKNOWN_EXTENSION',
  'GREASE',
  'LONG_HELLO',
  'HELLO_OF_256_TO_511',
  'MANY_SUITES',
  'FRAGMENTED_HELLO',
] as const;
export type Tolerance = (typeof TOLERANCES)[number];

export type VersionSupport = {
  readonly version: number;
  readonly supported: Result<boolean>;
  readonly suites?: Result<Suites>;
};
export type Suites = {
  /** IANA names. `SERVER`: in its order; `CLIENT`: the server takes the client's first, and the order is ours. */
  readonly names: readonly string[];
  readonly preference: 'SERVER' | 'CLIENT' | 'ONLY_ONE';
  /** Of the smallest finite field that was seen (DHE), in bits. */
  readonly finiteFieldBits?: number;
};

export type ShownCertificate = {
  /** DER, as sent, leaf first. */
  readonly chain: readonly Uint8Array[];
  /** Of the versions in which it was shown. */
  readonly versions: readonly number[];
  /** OCSP response, DER. */
  readonly staple?: Uint8Array;
  /** SignedCertificateTimestampList of the TLS extension. */
  readonly timestamps?: Uint8Array;
};

export type NamelessAnswer =
  | { readonly kind: 'CERTIFICATE'; readonly chain: readonly Uint8Array[] }
  /** Name of the alert. */
  | { readonly kind: 'REFUSED'; readonly alert: string };

export type HttpFacts = {
  /** `GET /` over TLS. */
  readonly overTls?: Result<HttpAnswer>;
  /** `GET /` on port 80. */
  readonly plain?: Result<HttpAnswer>;
};
export type HttpAnswer = {
  readonly status: number;
  readonly location?: string;
  /** Every Strict-Transport-Security header, as sent: only one counts (RFC 6797 8.1). */
  readonly hsts: readonly string[];
  /** Of the Date header, and of our clock when it came. */
  readonly date?: Instant;
  readonly receivedAt: Instant;
  readonly server?: string;
};
