/**
 * What a list says of a certificate (RFC 5280 6.3.3), where the list is complete and from the certificate's own issuer. Deltas, indirect lists and
 * lists of some reasons only are not pieced together: no public CA has them, and they say nothing here.
 */
import type { Instant } from '../../../values/instant.js';
import type { Certificate } from '../certificate.js';
import type { Crl } from './crl.js';
import { readIssuingDistributionPoint } from './issuing-distribution-point.js';
import { unknown, type RevocationStatus } from './revocation-status.js';
import { EXTENSION } from '../encoding/object-identifiers.js';

export const DELTA_CRL_INDICATOR = '2.5.29.27';

/** `issuer`: whose key signed the certificate. */
export function crlStatus(crl: Crl, certificate: Certificate, issuer: Certificate, now: Instant): RevocationStatus {
  const useless = notIssuedBy(crl, issuer) ?? notCurrent(crl, now) ?? notComplete(crl) ?? notFor(crl, certificate);
  if (useless !== undefined) return unknown(useless);
  if (certificate.serial.startsWith('-')) return unknown('its serial number is negative');
  const revoked = crl.find(certificate.serial);
  return revoked ? { kind: 'REVOKED', at: revoked.at, reason: revoked.reason } : { kind: 'GOOD', until: crl.nextUpdate ?? now };
}

export const isListOf = (crl: Crl, issuer: Certificate): boolean => Buffer.compare(crl.issuerDer, issuer.subjectDer) === 0;

/** 6.3.3 f, g. */
function notIssuedBy(crl: Crl, issuer: Certificate): string | undefined {
  if (!isListOf(crl, issuer)) return 'the list is from somebody else than the issuer';
  if (issuer.keyUsage && !issuer.keyUsage.includes('crlSign')) return 'the issuer may not sign lists';
  const named = crl.authorityKeyIdentifier;
  if (named !== undefined && issuer.subjectKeyIdentifier !== undefined && named !== issuer.subjectKeyIdentifier)
    return 'the list is signed with another key of the issuer';
  return crl.isSignedBy(issuer.publicKey) ? undefined : 'the signature of the list is wrong';
}

/** 5.1.2.4, 5.1.2.5. */
function notCurrent({ thisUpdate, nextUpdate }: Crl, now: Instant): string | undefined {
  if (now < thisUpdate) return 'the list is of the future';
  if (nextUpdate === undefined) return 'the list does not say until when it holds';
  return Math.floor(now / 1000) * 1000 > nextUpdate ? 'the list is too old' : undefined;
}

/** 5.1.2.1, 5.2: what a conforming list has, and nothing that would have to be understood first. */
function notComplete({ version, extensions, hasCriticalEntries }: Crl): string | undefined {
  if (version !== 2) return 'the list is not of version 2';
  if (extensions.has(DELTA_CRL_INDICATOR)) return 'the list names the changes since another one only';
  if (!extensions.has(EXTENSION.authorityKeyIdentifier) || !extensions.has(EXTENSION.crlNumber))
    return 'the list has no number or does not name its key';
  const critical = [...extensions].find(([oid, extension]) => extension.critical && oid !== EXTENSION.issuingDistributionPoint);
  if (critical) return `the list has a critical extension ${critical[0]} that is not understood`;
  return hasCriticalEntries ? 'the list has entries that are not understood' : undefined;
}

/** 6.3.3 b. */
function notFor({ extensions }: Crl, certificate: Certificate): string | undefined {
  const extension = extensions.get(EXTENSION.issuingDistributionPoint);
  if (extension === undefined) return undefined;
  const scope = extension.critical ? readIssuingDistributionPoint(extension.value) : undefined;
  if (scope === undefined) return 'what the list is about cannot be read';
  if (scope.isPartial) return 'the list is indirect, or about some reasons or attributes only';
  if (scope.only !== undefined && (scope.only === 'CA') !== certificate.isCa) return 'the list is about another kind of certificates';
  const { names } = scope;
  if (names.length > 0 && !certificate.crlUrls.some((url) => names.includes(url)))
    return 'the certificate points to another list of its issuer';
  return undefined;
}
