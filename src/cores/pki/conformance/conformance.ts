/**
 * Does a certificate follow the profile to the letter (RFC 5280 4, CA/B BR 7.1)? Clients forgive most of it, so a handshake is not judged by it:
 * it is asked where a chain is examined for its own sake. Unlike the lints, it knows intermediates and roots as well, and nothing of issuance.
 */
import { problem, type Problem } from '../../../values/problems/problem.js';
import { readTbsCertificate } from '../encoding/tbs-certificate.js';
import { accessDescriptions, distributionPoints } from './access.js';
import { basicConstraints, keyUsage } from './authority.js';
import { encoding, extensionsEncoding } from './encoding.js';
import { serial, validity, version } from './fields.js';
import { rsaExponent, rsaModulus, rsaParameters } from './key.js';
import { authorityKeyIdentifier, subjectKeyIdentifier } from './key-identifiers.js';
import { nameConstraints } from './name-constraints.js';
import { commonName, emptySubject, subjectAltNames } from './names.js';
import { policies, policyConstraints, policyMappings } from './policies.js';
import { extendedKeyUsage } from './purposes.js';
import type { Placed, Rule } from './rule.js';

const RULES: readonly Rule[] = [
  version,
  serial,
  validity,
  encoding,
  extensionsEncoding,
  rsaParameters,
  rsaModulus,
  rsaExponent,
  basicConstraints,
  keyUsage,
  authorityKeyIdentifier,
  subjectKeyIdentifier,
  extendedKeyUsage,
  emptySubject,
  subjectAltNames,
  commonName,
  nameConstraints,
  policies,
  policyMappings,
  policyConstraints,
  accessDescriptions,
  distributionPoints,
];

/** CERTIFICATE_NOT_CONFORMING with the first rule that it breaks. */
export function nonconformity(placed: Placed): Problem | undefined {
  const { certificate } = placed;
  const written = readTbsCertificate(certificate.signed);
  if (written === undefined) throw new Error('no certificate is read without its structure');
  const detail = firstBroken({ ...placed, written });
  const subject = certificate.subject || certificate.names[0] || `serial ${certificate.serial}`;
  return detail === undefined ? undefined : problem('CERTIFICATE_NOT_CONFORMING', { subject, detail });
}

function firstBroken(examined: Parameters<Rule>[0]): string | undefined {
  for (const rule of RULES) {
    const detail = rule(examined);
    if (detail !== undefined) return detail;
  }
  return undefined;
}
