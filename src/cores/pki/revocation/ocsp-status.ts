/** What an OCSP response says of a certificate (RFC 6960 3.2, 4.2.2.2): signed by its issuer, or by a responder that the issuer delegated to. */
import { createHash } from 'node:crypto';
import type { Instant } from '../../../values/instant.js';
import { readCertificate, type Certificate } from '../certificate.js';
import { contentOf, readElements, SEQUENCE } from '../encoding/der.js';
import { isSignedBy } from '../encoding/signature-algorithm.js';
import { readOcspResponse, type OcspResponse, type SingleResponse } from './ocsp-response.js';
import { unknown, type RevocationStatus } from './revocation-status.js';
import { PURPOSE } from '../encoding/object-identifiers.js';

/** `response`: DER. `issuer`: whose key signed the certificate. */
export function ocspStatus(response: Uint8Array, certificate: Certificate, issuer: Certificate, now: Instant): RevocationStatus {
  const read = readOcspResponse(response);
  if (!read.ok) return unknown(read.problem);
  if (read.value.hasCritical) return unknown('the response has a critical extension that is not understood');
  const single = read.value.responses.find((one) => isAbout(one, certificate, issuer));
  if (single === undefined) return unknown('the response is about another certificate');
  if (!isAuthentic(read.value, issuer, now)) return unknown('the response is not signed by the issuer or in its name');
  return answerOf(single, now);
}

function answerOf({ status, thisUpdate, nextUpdate }: SingleResponse, now: Instant): RevocationStatus {
  if (now < thisUpdate) return unknown('the response is of the future');
  // Without an end it says that newer information is always to be had (RFC 6960 4.2.2.1): a staple is old news.
  if (nextUpdate === undefined) return unknown('the response does not say until when it holds');
  if (now > nextUpdate) return unknown('the response is too old');
  if (status === 'UNKNOWN') return unknown('the responder does not know the certificate');
  return status === 'GOOD' ? { kind: 'GOOD', until: nextUpdate } : { kind: 'REVOKED', at: status.revokedAt, reason: status.reason };
}

/** Of names of certificates, not a signature: SHA-1 does for it, and is what most responders use (RFC 5019 2.1.1). */
const HASHES: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

function isAbout(single: SingleResponse, certificate: Certificate, issuer: Certificate): boolean {
  const hash = HASHES[single.hashAlgorithm];
  if (hash === undefined || single.serial !== certificate.serial) return false;
  const digest = (bytes: Uint8Array) => createHash(hash).update(bytes).digest();
  return digest(issuer.subjectDer).equals(single.issuerNameHash) && digest(keyBits(issuer)).equals(single.issuerKeyHash);
}

function isAuthentic(response: OcspResponse, issuer: Certificate, now: Instant): boolean {
  const isSigner = ({ publicKey }: Certificate) => isSignedBy(publicKey, response.signatureAlgorithm, response.signed, response.signature);
  if (isResponder(response, issuer) && isSigner(issuer)) return true;
  // Three reach for a responder and its chain; each costs two signatures.
  return response.certificates.slice(0, 3).some((der) => {
    const delegate = readCertificate(der);
    return delegate.ok && isResponder(response, delegate.value) && isDelegate(delegate.value, issuer, now) && isSigner(delegate.value);
  });
}

function isResponder({ responder }: OcspResponse, certificate: Certificate): boolean {
  if ('name' in responder) return Buffer.compare(responder.name, certificate.subjectDer) === 0;
  return createHash('sha1').update(keyBits(certificate)).digest().equals(responder.keyHash);
}

/** RFC 6960 4.2.2.2: signed by the very key that signed the certificate, for this purpose. Its own revocation is not asked about. */
function isDelegate(delegate: Certificate, issuer: Certificate, now: Instant): boolean {
  const { extendedKeyUsage = [], keyUsage, issuerDer, notBefore, notAfter, unknownCritical } = delegate;
  if (!extendedKeyUsage.includes(PURPOSE.ocspSigning) || unknownCritical.length > 0 || now < notBefore || now > notAfter) return false;
  if (keyUsage && !keyUsage.includes('digitalSignature')) return false;
  if (Buffer.compare(issuerDer, issuer.subjectDer) !== 0) return false;
  return isSignedBy(issuer.publicKey, delegate.signatureAlgorithm, delegate.signed, delegate.signature);
}

/** The key itself, without its algorithm (RFC 6960 4.1.1). */
function keyBits({ publicKey }: Certificate): Uint8Array {
  const [, bits] = readElements(contentOf(SEQUENCE, publicKey) ?? Uint8Array.of()) ?? [];
  return bits?.content.subarray(1) ?? Uint8Array.of();
}
