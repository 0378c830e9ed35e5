/**
 * What an observation proves. A name is served securely only where a full handshake was completed, the certificate is the one
 * that was meant, and its chain holds for that name, now, up to a root that the caller trusts. Nothing else counts as proof.
 */
import type { Hostname } from '../../values/hostname.js';
import type { Instant } from '../../values/instant.js';
import { type Problem, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { type Certificate, readCertificate } from '../pki/certificate.js';
import { validatePath } from '../pki/path/validate-path.js';
import { readableCertificates } from '../pki/readable-certificates.js';
import type { Observation } from './observation.js';

export type Expectation = {
  readonly name: Hostname;
  /** SHA-256 of the leaf's DER, lower-case hex. Without it any certificate that holds for the name will do. */
  readonly fingerprint?: string;
  /** DER. */
  readonly roots: readonly Uint8Array[];
  /** Fingerprints of certificates that are known to be revoked; none where nobody has looked. */
  readonly revoked?: ReadonlySet<string>;
};

export type Proof = {
  readonly name: Hostname;
  /** When it was seen. */
  readonly at: Instant;
  /** The path that holds: leaf first, root last. */
  readonly chain: readonly Certificate[];
};

/**
 * NOT_SERVED, with the failure as its `sub`, where there is no session; SERVES_WRONG_CERTIFICATE; CERTIFICATE_* and CHAIN_* as
 * the path validator found; CERTIFICATE_REVOKED. An observation of another name is a bug.
 */
export function prove(observation: Observation, expectation: Expectation, now: Instant): Result<Proof> {
  const { target, session, failure } = observation;
  const { name, fingerprint } = expectation;
  if (target.servername !== name) throw new Error(`an observation of ${target.servername ?? 'no name'} says nothing about ${name}`);
  if (session === undefined) return err(notServed(observation, name, failure ? [failure] : []));

  const [leafDer, ...others] = session.chain;
  const leaf = leafDer === undefined ? err(problem('CERTIFICATE_UNREADABLE', { detail: 'none was sent' })) : readCertificate(leafDer);
  if (!leaf.ok) return err(notServed(observation, name, [leaf.problem]));
  const shown = leaf.value.fingerprint;
  if (fingerprint !== undefined && shown !== fingerprint) {
    const facts = { name, address: target.address, port: target.port, shown, expected: fingerprint };
    return err(problem('SERVES_WRONG_CERTIFICATE', facts, { subject: name }));
  }
  const path = validatePath({
    leaf: leaf.value,
    intermediates: readableCertificates(others),
    roots: readableCertificates(expectation.roots),
    hostname: name,
    purpose: 'serverAuth',
    now,
  });
  if (path.ok && expectation.revoked?.has(shown)) return err(problem('CERTIFICATE_REVOKED', {}, { subject: name }));
  return path.ok ? ok({ name, at: observation.at, chain: path.value.chain }) : path;
}

const notServed = ({ target }: Observation, name: Hostname, sub: readonly Problem[]) =>
  problem('NOT_SERVED', { name, address: target.address, port: target.port }, { subject: name, sub });
