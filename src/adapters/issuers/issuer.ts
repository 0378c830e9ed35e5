/**
 * The port to a certificate authority. Its comments are the contract; test/contract/issuer.contract.ts checks it for every member.
 *
 * - Nothing sleeps inside a call: what takes time is answered with a status and `askAgainAt`.
 * - Every call may come twice, from another process, after a kill -9. `place` with the same reference never makes a second order.
 * - Of calls for one order that come at once, some may be told to come again: a retryable Problem with `retryAfter`.
 * - A refusal by the CA is a Problem that keeps the CA's own words in `facts.detail`; the CA out of reach is ISSUER_UNREACHABLE.
 */
import type { RevocationReason } from '../../cores/pki/revocation/revocation-reason.js';
import type { CertificateName, Hostname } from '../../values/hostname.js';
import type { Instant } from '../../values/instant.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';

export type ValidationLevel = 'DV' | 'OV' | 'EV';

export type IssuerManifest = {
  /** Stable, stored with every order: `local-ca`, `acme-letsencrypt`. */
  readonly id: string;
  readonly title: string;
  readonly levels: readonly ValidationLevel[];
  /** May it sign names behind `*.`, given the challenges it can offer? */
  readonly wildcards: boolean;
  /** Its chains end at roots that the public does not trust, so that nobody holds it to the CA/B Baseline Requirements. The built-in CA keeps them. */
  readonly isPrivate?: boolean;
  /**
   * Where a CA within this network looks for files: it sees names as we do. Absent: a CA on the Internet, which looks at port 80
   * (RFC 8555 8.3), and to which a name that leads us to a private address may lead elsewhere.
   */
  readonly validationPort?: number;
};

/** RFC 8555 7.1.6, which every CA's own words are translated to. */
export type IssuerStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';

/** A file to be served over plain HTTP at `http://<name><path>` with exactly `body` (RFC 8555 8.3; CA/B BR 3.2.2.4.18). */
export type HttpFileChallenge = {
  readonly id: string;
  readonly type: 'http-file';
  readonly name: Hostname;
  /** Begins with `/.well-known/`; the last segment is the token. */
  readonly path: string;
  readonly body: string;
  readonly status: 'pending' | 'processing' | 'valid' | 'invalid';
};

export type IssuerView = {
  /** What the CA calls this order: an id or a URL. Stored before anything else is done with it. */
  readonly locator: string;
  readonly status: IssuerStatus;
  readonly challenges: readonly HttpFileChallenge[];
  /** Why it is invalid, or, while it is pending, what the CA's last checks showed: in the CA's words, one sub-problem per name. */
  readonly problem?: Problem;
  /** Not before this does it make sense to ask again (Retry-After). */
  readonly askAgainAt: Instant;
};

export type PlaceRequest = {
  /** Our order id. The CA is asked for it before anything is placed twice. */
  readonly reference: string;
  readonly names: readonly CertificateName[];
  readonly level: ValidationLevel;
  /** The certificate that it comes in the place of, DER: a CA may favour such an order (RFC 9773 5), and one that does not takes it all the same. */
  readonly replaces?: Uint8Array;
};

export interface Issuer {
  readonly manifest: IssuerManifest;
  /** Places the order, or answers with the one that this reference already has. */
  place(request: PlaceRequest): Promise<Result<IssuerView>>;
  /** The order that was placed with this reference; undefined says for certain that there is none, or none that could still come to anything. */
  findByReference(reference: string): Promise<Result<IssuerView | undefined>>;
  /** A CA that runs in this process looks at the announced names meanwhile, many at once: as long as the slowest takes. */
  progress(locator: string): Promise<Result<IssuerView>>;
  /** Tells the CA that the challenge's file is in place, and does not wait for it to look: `progress` says what it saw. A CA may look once only. */
  respond(locator: string, challengeId: string): Promise<Result<IssuerView>>;
  /** `csr`: PKCS #10, DER. Twice with the same CSR is once. */
  finalize(locator: string, csr: Uint8Array): Promise<Result<IssuerView>>;
  /** The chain as the CA gave it, DER, leaf first, without the root. Believed by nobody before it is checked. */
  download(locator: string): Promise<Result<readonly Uint8Array[]>>;
  /** Roots (DER) that its chains are to be proven against. */
  trustAnchors(): Promise<Result<readonly Uint8Array[]>>;
  /** `certificate`: DER. Revoking twice is fine. */
  revoke(certificate: Uint8Array, reason: RevocationReason): Promise<Result<void>>;
}
/** Nest token for `readonly Issuer[]`, at least one: the first is the platform's default. */
export const ISSUERS = Symbol('Issuers');

/** ISSUER_UNKNOWN where it is not configured, or no more. */
export function issuerWith(id: string, issuers: readonly Issuer[]): Result<Issuer> {
  const issuer = issuers.find(({ manifest }) => manifest.id === id);
  return issuer ? ok(issuer) : err(problem('ISSUER_UNKNOWN', { issuer: id }));
}

/** An optional power: a CA that we run ourselves publishes its own revocation list. */
export interface PublishesCrl {
  /** RFC 5280 5, DER, signed for the time that is now. */
  revocationList(): Promise<Result<Uint8Array>>;
}

/** An optional power: a CA that says when it would like a certificate to be renewed (RFC 9773). */
export interface AdvisesRenewal {
  /** `certificate`: DER. Undefined where it has no advice for it. */
  renewalInfo(certificate: Uint8Array): Promise<Result<RenewalAdvice | undefined>>;
}
export const advisesRenewal = (issuer: Issuer): issuer is Issuer & AdvisesRenewal => 'renewalInfo' in issuer;

/** An optional power: a CA at which we have an account with a key of its own. */
export interface ChangesAccountKey {
  /**
   * Another key for the account (RFC 8555 7.3.5); called twice, it is changed twice. Files that show control carry the key's thumbprint, so
   * those of open orders have to be laid down anew: their challenges have new ids. After a failure the change may be under way still: called
   * again, or with the next request, it comes to its end.
   */
  rolloverKey(): Promise<Result<void>>;
}
export const changesAccountKey = (issuer: Issuer): issuer is Issuer & ChangesAccountKey => 'rolloverKey' in issuer;

export type RenewalAdvice = {
  /** Renew at a time between them that chance picks; at once where that is past. */
  readonly start: Instant;
  readonly end: Instant;
  /** The advice may have changed by then: an incident brings it forward. */
  readonly askAgainAt: Instant;
  /** Why, for people. */
  readonly explanationUrl?: string;
};
