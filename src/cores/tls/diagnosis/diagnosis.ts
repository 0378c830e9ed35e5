/**
 * What is wrong with a site, and who can mend it. One file in causes/ for each cause: evidence in, diagnoses out. The sentences are
 * the catalogue's (`catalogue.ts`), filled from the evidence.
 */
import type { Instant } from '../../../values/instant.js';
import type { IpAddress } from '../../../values/ip-address.js';
import type { SiteCheck } from '../check/site-check.js';

export const CAUSES = [
  'ADDRESSES_DIFFER',
  'ANOTHER_TENANTS_CERTIFICATE',
  'CERTIFICATE_UNUSABLE',
  'CHAIN_INCOMPLETE',
  'CHAIN_OUT_OF_ORDER',
  'CIPHER_MISMATCH',
  'CLIENT_CERTIFICATE_DEMANDED',
  'COMPRESSION',
  'CONNECTION_REFUSED',
  'CONNECTION_RESET',
  'CONNECTION_TIMED_OUT',
  'COULD_NOT_FIND_OUT',
  'EARLY_DATA',
  'EXPIRED',
  'EXPIRES_SOON',
  'EXTENSION_INTOLERANT',
  'FALLBACK_NOT_REFUSED',
  'GREASE_INTOLERANT',
  'HANDSHAKE_ALTERED',
  'HANDSHAKE_REFUSED',
  'HANDSHAKE_TOO_LONG',
  'HOSTNAME_MISMATCH',
  'HSTS_MALFORMED',
  'HSTS_MISSING',
  'HSTS_SHORT',
  'INTERCEPTED',
  'KEY_MISMATCH',
  'LONG_HELLO_INTOLERANT',
  'NAME_DOES_NOT_RESOLVE',
  'NAME_UNKNOWN',
  'NOT_LOGGED',
  'NOT_TLS',
  'NOT_YET_VALID',
  'NO_FORWARD_SECRECY',
  'NO_REDIRECT',
  'NO_TLS13',
  'OTHER_PROTOCOL',
  'OUR_CLOCK_WRONG',
  'PLAIN_HTTP_ON_TLS_PORT',
  'PROTOCOL_MISMATCH',
  'RENEGOTIATION_INSECURE',
  'REVOKED',
  'SELF_SIGNED',
  'SERVER_CLOCK_WRONG',
  'SMALL_DH_GROUP',
  'SNI_IGNORED',
  'SNI_MISSING',
  'STAPLE_WRONG',
  'STARTTLS_REFUSED',
  'TIMESTAMPS_WRONG',
  'UNTRUSTED_CA',
  'VERSION_INTOLERANT',
  'WEAK_CIPHER_SUITE',
  'WEAK_HANDSHAKE_SIGNATURE',
  'WEAK_KEY',
  'WEAK_PROTOCOL',
  'WEAK_SIGNATURE',
  'WRONG_CERTIFICATE',
] as const;
export type Cause = (typeof CAUSES)[number];

/**
 * BROKEN: visitors are turned away, or cannot be safe. WEAK: it works, and should not be left so. UNKNOWN: could not be found out, which never
 * counts as fine. NOTE: worth knowing, nothing to mend.
 */
export const SEVERITIES = ['BROKEN', 'WEAK', 'UNKNOWN', 'NOTE'] as const;
export type Severity = (typeof SEVERITIES)[number];
export const WHO_ACTS = ['CUSTOMER', 'RESELLER', 'ADMIN', 'CA', 'CDN'] as const;
export type WhoActs = (typeof WHO_ACTS)[number];
/** What `repairFinding` can do about it. */
export const REPAIRS = ['COMPLETE_CHAIN', 'ORDER_CHAIN', 'REINSTALL', 'REBIND', 'REISSUE', 'RESTORE_DEFAULT', 'RELOAD'] as const;
export type Repair = (typeof REPAIRS)[number];

export type Diagnosis = {
  readonly cause: Cause;
  readonly severity: Severity;
  readonly whoActs: WhoActs;
  /** Where it was seen; none: it is about the name. */
  readonly where: readonly { readonly address: IpAddress; readonly port: number }[];
  /** What was seen, in the field's terms: `notAfter`, `alert`, `shown`. Fills the catalogue's sentences. */
  readonly evidence: Readonly<Record<string, string | number>>;
  readonly repair?: Repair;
  /** Weaker causes that this one explains. */
  readonly alsoSeen: readonly Cause[];
};

/** All that causes are told from. Absent: not known, and what rests on it is not judged. */
export type Evidence = {
  readonly check: SiteCheck;
  readonly now: Instant;
  /** DER: what the caller trusts. */
  readonly roots: readonly Uint8Array[];
  /** DER: issuers fetched from the URLs in the certificates (RFC 5280 4.2.2.1), for those that did not send them. */
  readonly fetchedIssuers: readonly Uint8Array[];
  /** Fingerprints (SHA-256, hex) of certificates that are known to be revoked, from CRLs, staples or our own books. */
  readonly revoked: ReadonlySet<string>;
  /** What the panel knows of the site; absent for a site that is not ours. */
  readonly ours?: {
    /** Fingerprint of the leaf that is bound. */
    readonly expected?: string;
    /** Fingerprints of leaves of ours that belong to other tenants, among those that were shown. */
    readonly otherTenants: ReadonlySet<string>;
    /** Of the neutral certificate that those are to be shown who name no site; `none` where it lies there no more. */
    readonly defaultCertificate?: string;
    /** What the server itself has for the name (its inventory), where it could be asked. */
    readonly installed?: readonly string[];
  };
  /** Fingerprints of those of `roots` that browsers trust as well; the others are private. */
  readonly publicRoots?: ReadonlySet<string>;
  /** What was looked for beside the check (issuers, revocation lists), and could not be found out; in a few words each. */
  readonly unanswered?: readonly { readonly what: string; readonly why: string }[];
  /** The same name from elsewhere: the issuers (formatted names) that another place of ours saw. */
  readonly elsewhere?: readonly { readonly place: string; readonly issuer: string; readonly fingerprint: string }[];
};
