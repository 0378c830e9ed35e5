/** Certificates that were issued elsewhere, and are brought with their keys: what is checked before one is kept. Pure. */
import { createPrivateKey } from 'node:crypto';
import { readCertificate, type Certificate } from '../../cores/pki/certificate.js';
import { validatePath } from '../../cores/pki/path/validate-path.js';
import { keyMatches } from '../../cores/pki/public-key.js';
import { readableCertificates } from '../../cores/pki/readable-certificates.js';
import { covers, sampleOf, type CertificateName } from '../../values/hostname.js';
import { parseId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { parsePem, toPem } from '../../values/pem.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import { Secret } from '../../values/secret.js';

/** The issuer of those that no configured CA has signed. */
export const BROUGHT = 'brought';

export type BroughtInput = { siteId: string; chain: string; privateKey: string };
export type Brought = {
  readonly siteId: Id<'site'>;
  /** DER, leaf first, as it came. */
  readonly chain: readonly Uint8Array[];
  /** PKCS #8, PEM. */
  readonly key: Secret;
  /** Is the leaf for that key? */
  readonly keyMatches: boolean;
};

/** NOT_PEM for a chain without a certificate, and for a key that is none, or asks for a password. */
export function parseBrought({ siteId, chain, privateKey }: BroughtInput): Result<Brought> {
  const fields = allFields({ siteId: parseId('site', siteId), chain: parsePem('CERTIFICATE', chain), privateKey: readKey(privateKey) });
  if (!fields.ok) return fields;
  const { privateKey: key, ...rest } = fields.value;
  return ok({ ...rest, key: Secret.of(toPem('PRIVATE KEY', key)), keyMatches: keyMatches(key, rest.chain[0]!) });
}

/** To PKCS #8, DER, from that or from what servers of all ages keep (RFC 8017 A.1.2, RFC 5915). */
function readKey(text: string): Result<Uint8Array> {
  const none = err(problem('NOT_PEM', { label: 'PRIVATE KEY' }));
  if (text.length > MAX_KEY_LENGTH) return none;
  try {
    return ok(createPrivateKey(text).export({ format: 'der', type: 'pkcs8' }));
  } catch {
    return none;
  }
}
/** Several times an RSA key of 8,192 bits. */
const MAX_KEY_LENGTH = 32_768;

export type Anchors = {
  readonly issuerId: string;
  readonly isPrivate: boolean;
  /** DER. */
  readonly roots: readonly Uint8Array[];
};
export type JudgedCertificate = {
  readonly leaf: Certificate;
  /** DER, leaf first, without the root. */
  readonly chain: readonly Uint8Array[];
  readonly issuerId: string;
  /** Of a private CA: what it was proven against. */
  readonly root?: Uint8Array;
};

/**
 * KEY_MISMATCH; CERTIFICATE_NAME_MISMATCH where it is for none of these names; CERTIFICATE_EXPIRED, and whatever else the path says, of the first
 * of `anchors` where it ends at none: give those of the public last.
 */
export function judgeBrought(
  { chain, keyMatches: matches }: Pick<Brought, 'chain' | 'keyMatches'>,
  names: readonly CertificateName[],
  anchors: readonly Anchors[],
  now: Instant,
): Result<JudgedCertificate> {
  const leaf = readCertificate(chain[0]!);
  if (!leaf.ok) return leaf;
  if (!matches) return err(problem('KEY_MISMATCH'));
  const covered = leaf.value.names.join(', ');
  const name = names.find((each) => leaf.value.names.some((covering) => covers(covering, each)));
  if (name === undefined) return err(problem('CERTIFICATE_NAME_MISMATCH', { covered, name: names[0] ?? '' }));
  const intermediates = readableCertificates(chain.slice(1));
  let why: Problem | undefined;
  for (const { issuerId, isPrivate, roots } of anchors) {
    const path = validatePath({
      leaf: leaf.value,
      intermediates,
      roots: readableCertificates(roots),
      hostname: sampleOf(name),
      purpose: 'serverAuth',
      now,
    });
    if (!path.ok) why = path.problem;
    else {
      const root = path.value.chain.at(-1)!.der;
      const sent = chain.filter((each, at) => at === 0 || !Buffer.from(each).equals(root));
      return ok({ leaf: leaf.value, chain: sent, issuerId, ...(isPrivate && { root }) });
    }
  }
  return err(why ?? problem('CERTIFICATE_UNREADABLE', { detail: 'there is no root to prove it against' }));
}
