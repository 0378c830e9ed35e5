/**
 * The port to a certificate authority. Its comments are the contract; test/contract/issuer.contract.ts checks it for every member.
 *
 * - Nothing sleeps inside a call: what takes time is answered with a status and `askAgainAt`.
 * - Every call may come twice, from another process, after a kill -9. `place` with the same reference never makes a second order.
 * - A refusal by the CA is a Problem that keeps the CA's own words in `facts.detail`; the CA out of reach is ISSUER_UNREACHABLE.
 */
import type { CertificateName, Hostname } from '../../values/hostname.js';
import type { Instant } from '../../values/instant.js';
import type { Result } from '../../values/result.js';

export type ValidationLevel = 'DV' | 'OV' | 'EV';

export type IssuerManifest = {
  /** Stable, stored with every order: `local-ca`, `acme`. */
  readonly id: string;
  readonly title: string;
  readonly levels: readonly ValidationLevel[];
  /** May it sign names behind `*.`, given the challenges it can offer? */
  readonly wildcards: boolean;
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
  readonly problem?: import('../../values/problems/problem.js').Problem;
  /** Not before this does it make sense to ask again (Retry-After). */
  readonly askAgainAt: Instant;
};

export type PlaceRequest = {
  /** Our order id. The CA is asked for it before anything is placed twice. */
  readonly reference: string;
  readonly names: readonly CertificateName[];
  readonly level: ValidationLevel;
};

/** RFC 5280 5.3.1, the reasons a subscriber may choose (CA/B BR 7.2.2). */
export const REVOCATION_REASONS = {
  UNSPECIFIED: 0,
  KEY_COMPROMISE: 1,
  AFFILIATION_CHANGED: 3,
  SUPERSEDED: 4,
  CESSATION_OF_OPERATION: 5,
} as const;
export type RevocationReason = keyof typeof REVOCATION_REASONS;

export interface Issuer {
  readonly manifest: IssuerManifest;
  /** Places the order, or answers with the one that this reference already has. */
  place(request: PlaceRequest): Promise<Result<IssuerView>>;
  /** The order that was placed with this reference; undefined says for certain that there is none. */
  findByReference(reference: string): Promise<Result<IssuerView | undefined>>;
  progress(locator: string): Promise<Result<IssuerView>>;
  /** Tells the CA that the challenge's file is in place. */
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
/** Nest token for `readonly Issuer[]`. */
export const ISSUERS = Symbol('Issuers');

/** An optional power: a CA that we run ourselves publishes its own revocation list. */
export interface PublishesCrl {
  /** RFC 5280 5, DER, signed for the time that is now. */
  revocationList(): Promise<Result<Uint8Array>>;
}
