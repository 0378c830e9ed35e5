/**
 * The search for a path (RFC 4158): from the leaf upwards, all issuers of the right name are tried, trusted ones first,
 * and a dead end leads back to the last fork. Every step is paid from a budget.
 */
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Certificate } from '../certificate.js';
import { isSignedBy } from '../encoding/signature-algorithm.js';
import { type Budget, costOfSignature, PathMemory } from './budget.js';
import { nonconformity } from '../conformance/conformance.js';
import { signatureOfOtherStrength } from '../conformance/signature.js';
import {
  allowsDepth,
  isSelfIssued,
  madeFor,
  maySignCertificates,
  signedSoundly,
  soundKey,
  subjectOf,
  understood,
  validAt,
  violated,
} from './checks.js';
import { moreUseful } from './failure-rank.js';
import { violatedConstraint } from './name-constraints.js';
import type { PathRequest } from './path-request.js';
import { policyFailure } from './policy-levels.js';
import { revocationFailure } from './revocation-of-path.js';

/** Longer ones do not exist in public, and each link multiplies the search (rustls-webpki allows 6 intermediates). */
const MAX_INTERMEDIATES = 8;

type Path = readonly Certificate[];
type Search = PathRequest & {
  readonly budget: Budget;
  /** What was found about the issuers that were looked at. */
  readonly examined: Map<Certificate, Problem | undefined>;
  readonly signers: PathMemory['signers'];
};

export function buildPath(request: PathRequest): Result<{ chain: Path }> {
  const { memory = new PathMemory() } = request;
  return extend([request.leaf], { ...request, budget: memory.budget, signers: memory.signers, examined: new Map() });
}

/** The first complete path that begins with `path`; otherwise the most useful of the reasons against all of them. */
function extend(path: Path, search: Search): Result<{ chain: Path }> {
  let failure: Problem | undefined;
  let found = false;
  for (const { issuer, trusted } of candidates(path, search)) {
    const broke = search.budget.spend('candidates');
    if (broke) return err(broke);
    if (!isIssuerOf(issuer, path)) continue;
    found = true;
    const reason = refuse(issuer, trusted, path, search);
    const longer = reason ? err(reason) : trusted ? complete([...path, issuer], search) : extend([...path, issuer], search);
    if (longer.ok) return longer;
    if (longer.problem.code === 'PATH_TOO_COSTLY') return longer;
    failure = moreUseful(failure, longer.problem);
  }
  return err(failure ?? tooLong(path, search) ?? deadEnd(path, found));
}

function* candidates({ length }: Path, { roots, intermediates }: Search): Iterable<{ issuer: Certificate; trusted: boolean }> {
  for (const issuer of roots) yield { issuer, trusted: true };
  if (length <= MAX_INTERMEDIATES) for (const issuer of intermediates) yield { issuer, trusted: false };
}

/** By name, and never one that is in the path already: the same name and key again is a loop (RFC 4158 2.4.2). */
function isIssuerOf(issuer: Certificate, path: Path): boolean {
  const child = path.at(-1);
  if (child === undefined || !same(issuer.subjectDer, child.issuerDer)) return false;
  return !path.some((member) => same(member.subjectDer, issuer.subjectDer) && same(member.publicKey, issuer.publicKey));
}

/** Cheap checks first, the signature last: it is what a flood of candidates would cost us. */
function refuse(issuer: Certificate, trusted: boolean, path: Path, search: Search): Problem | undefined {
  const child = path.at(-1) as Certificate;
  const depth = path.slice(1).filter((member) => !isSelfIssued(member)).length;
  const failure =
    // A root is trusted for its name and key; who signed it, and how, says nothing (RFC 5280 6.1.1 d).
    (trusted ? undefined : signedSoundly(issuer, search.signatureAlgorithms)) ??
    soundKey(issuer) ??
    maySignCertificates(issuer) ??
    understood(issuer) ??
    madeFor(search.purpose, issuer) ??
    allowsDepth(issuer, depth) ??
    fewEnough(issuer, trusted, depth, search) ??
    validAt(issuer, search.now) ??
    conforms(issuer, trusted, child, search) ??
    // Who signed in a way that is not believed is not to be found out.
    signedSoundly(child, search.signatureAlgorithms);
  if (failure) return failure;
  const signed = signs(issuer, child, search);
  if (typeof signed !== 'boolean') return signed;
  if (!signed) return problem('CHAIN_SIGNATURE_WRONG', { subject: subjectOf(child), issuer: subjectOf(issuer) });
  return constrained(issuer, path, search.budget);
}

function signs(issuer: Certificate, child: Certificate, { signers, budget }: Search): boolean | Problem {
  const known = signers.get(issuer) ?? new Map<Certificate, boolean>();
  signers.set(issuer, known);
  const before = known.get(child);
  if (before !== undefined) return before;
  const broke = budget.spend('signatures', costOfSignature(issuer));
  if (broke) return broke;
  const signed = isSignedBy(issuer.publicKey, child.signatureAlgorithm, child.signed, child.signature);
  known.set(child, signed);
  return signed;
}

/**
 * RFC 5280 6.1.3 b, c: a CA's constraints hold for all that stand below it, but for self-issued CAs in between. Asked at each step: what is
 * forbidden here stays so, whatever leads on.
 */
function constrained(authority: Certificate, path: Path, budget: Budget): Problem | undefined {
  for (const [i, below] of path.entries()) {
    if (i > 0 && isSelfIssued(below)) continue;
    const violation = violatedConstraint(authority, below, budget);
    if (violation) return violation;
  }
  return undefined;
}

/** `depth`: the intermediates below this one. */
function fewEnough(issuer: Certificate, trusted: boolean, depth: number, { maxIntermediates }: Search): Problem | undefined {
  const used = depth + (trusted || isSelfIssued(issuer) ? 0 : 1);
  if (maxIntermediates === undefined || used <= maxIntermediates) return undefined;
  return violated(issuer, `${used} CAs stand between root and leaf; ${maxIntermediates} are allowed`);
}

function conforms(issuer: Certificate, trusted: boolean, child: Certificate, { profile, purpose, examined }: Search): Problem | undefined {
  if (profile !== 'CONFORMING') return undefined;
  if (!examined.has(issuer)) {
    const placed = { certificate: issuer, place: trusted ? 'ROOT' : 'INTERMEDIATE', forServer: purpose === 'serverAuth' } as const;
    examined.set(issuer, nonconformity(placed));
  }
  const nonconforming = examined.get(issuer);
  if (nonconforming) return nonconforming;
  // CA/B BR 7.1.2.11.1; clients use it to find issuers only.
  const named = child.authorityKeyIdentifier;
  const namesOther = named !== undefined && named !== issuer.subjectKeyIdentifier;
  const detail = namesOther ? 'it names another key than the one of its issuer' : signatureOfOtherStrength(child, issuer);
  return detail === undefined ? undefined : problem('CERTIFICATE_NOT_CONFORMING', { subject: subjectOf(child), detail });
}

/** What can be asked of a whole path only. */
function complete(path: Path, { budget, crls = [], now }: Search): Result<{ chain: Path }> {
  const failure = policyFailure(path) ?? (crls.length > 0 ? revocationFailure(path, crls, now, budget) : undefined);
  return failure ? err(failure) : ok({ chain: path });
}

/**
 * Nothing leads on. A server that sends only its own certificate most likely forgot the rest; where links were there,
 * they lead to an authority that is not trusted. Servers rarely send the root, so its absence says nothing.
 */
function deadEnd(path: Path, found: boolean): Problem {
  const last = path.at(-1) as Certificate;
  if (path.length === 1 && !isSelfIssued(last) && !found) {
    return problem('CHAIN_MISSING_INTERMEDIATE', { subject: subjectOf(last), issuer: last.issuer });
  }
  return problem('CHAIN_UNTRUSTED', { root: last.issuer || subjectOf(last) });
}

/** It would go on, and is not followed any further. */
function tooLong(path: Path, { intermediates }: Search): Problem | undefined {
  const last = path.at(-1) as Certificate;
  const goesOn = path.length > MAX_INTERMEDIATES && intermediates.some((issuer) => isIssuerOf(issuer, path));
  return goesOn ? violated(last, `more than ${MAX_INTERMEDIATES} CAs stand between a root and the leaf`) : undefined;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
