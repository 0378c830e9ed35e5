/** The signature, by the key that made it. Which algorithms there may be at all is asked of every path. */
import type { Certificate } from '../certificate.js';

/** CA/B BR 7.1.3.2.2: the hash is as strong as the curve. */
const OF_CURVE: Readonly<Record<string, string>> = {
  ECDSA_P256: 'ECDSA_SHA256',
  ECDSA_P384: 'ECDSA_SHA384',
  ECDSA_P521: 'ECDSA_SHA512',
};

/** What is wrong, in a few words; undefined where nothing is. */
export function signatureOfOtherStrength(certificate: Certificate, issuer: Certificate): string | undefined {
  const asked = OF_CURVE[issuer.keyAlgorithm];
  const { signatureAlgorithm: is } = certificate;
  // Of an algorithm that is not for the key the signature itself does not hold.
  if (asked === undefined || is === asked || !is.startsWith('ECDSA_')) return undefined;
  return `it is signed with ${is} by a key of kind ${issuer.keyAlgorithm}, which has to sign with ${asked}`;
}
