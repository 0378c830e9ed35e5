/**
 * What a certificate says (RFC 5280 4.1), read once into a plain record that every check, list and screen uses.
 * Reading believes nothing: whether it holds is asked of `path/`, whether it follows the rules of `lints/`.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { parseCertificateName, type CertificateName } from '../../values/hostname.js';
import { fromDate, type Instant } from '../../values/instant.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { commonNamesOf, formatName } from './distinguished-name.js';
import { contentOf, readElements, SEQUENCE } from './encoding/der.js';
import { readRdns } from './encoding/directory-name.js';
import { readExtensions, type CertificateExtensions } from './encoding/extensions.js';
import { keyAlgorithmOf } from './encoding/key-algorithm.js';
import { formatSerial } from './encoding/serial.js';
import { fromElements, type SignedStructure } from './encoding/signed-structure.js';
import { readTbsCertificate } from './encoding/tbs-certificate.js';
import { readTime } from './encoding/time.js';

export type Certificate = CertificateExtensions &
  SignedStructure & {
    readonly der: Uint8Array;
    /** SHA-256 of `der`, lower-case hex. */
    readonly fingerprint: string;
    /** 1, 2 or 3. */
    readonly version: number;
    /** Lower-case hex; see serial.ts. */
    readonly serial: string;
    /** RFC 4514 text. */
    readonly subject: string;
    readonly issuer: string;
    /** DER: what names are compared by. */
    readonly subjectDer: Uint8Array;
    readonly issuerDer: Uint8Array;
    readonly commonNames: readonly string[];
    readonly notBefore: Instant;
    /** The last second in which it is valid (RFC 5280 4.1.2.5: inclusive). */
    readonly notAfter: Instant;
    /** The dNSNames of its SAN that a host can be matched with; malformed ones match nothing and are found by a lint. */
    readonly names: readonly CertificateName[];
    /** `ECDSA_P256`, `RSA_2048`; see key-algorithm.ts. */
    readonly keyAlgorithm: string;
    /** SubjectPublicKeyInfo, DER. */
    readonly publicKey: Uint8Array;
  };

/** As much as clients read of all certificates of a handshake together (OpenSSL, BoringSSL); the largest of public CAs (100 names) have about 6 KiB. */
export const MAX_CERTIFICATE_BYTES = 102_400;

/** CERTIFICATE_UNREADABLE for what is no DER certificate. Never throws, whatever the bytes. */
export function readCertificate(der: Uint8Array): Result<Certificate> {
  if (der.length > MAX_CERTIFICATE_BYTES) return unreadable(`larger than ${MAX_CERTIFICATE_BYTES} bytes`);
  const signed = readElements(contentOf(SEQUENCE, der) ?? Uint8Array.of()) ?? [];
  const structure = fromElements(signed);
  if (structure === undefined) return unreadable('not one signed DER structure');
  const tbs = readTbsCertificate(structure.signed);
  if (tbs === undefined) return unreadable('its structure is not that of RFC 5280 4.1');
  // RFC 5280 4.1.1.2: the algorithm outside of the signature has to be the one inside.
  if (Buffer.compare(tbs.algorithm.bytes, signed[1]!.bytes) !== 0) return unreadable('two signature algorithms');
  const [subject, issuer] = [readRdns(tbs.subject.content), readRdns(tbs.issuer.content)];
  if (subject === undefined || issuer === undefined) return unreadable('one of its names is malformed');
  const [notBefore, notAfter] = [readTime(tbs.times[0]), readTime(tbs.times[1])];
  if (notBefore === undefined || notAfter === undefined) return unreadable('its dates are none that RFC 5280 4.1.2.5 knows');
  const extensions = readExtensions(tbs.extensions ?? new Map());
  if (!extensions.ok) return unreadable(`extension ${extensions.problem} is malformed`);
  const publicKey = tbs.publicKey.bytes;
  return ok({
    ...extensions.value,
    ...structure,
    der,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    version: tbs.version,
    serial: formatSerial(tbs.serial),
    subject: formatName(subject),
    issuer: formatName(issuer),
    subjectDer: tbs.subject.bytes,
    issuerDer: tbs.issuer.bytes,
    commonNames: commonNamesOf(subject),
    notBefore,
    notAfter,
    names: matchableNames((extensions.value.subjectAltNames ?? []).flatMap((name) => (name.type === 'dns' ? name.value : []))),
    keyAlgorithm: keyAlgorithmOf(publicKey),
    publicKey,
  });
}

export type ScannedCertificate = Pick<Certificate, 'fingerprint' | 'notAfter' | 'names'>;

/** Only what a scan of many needs, by OpenSSL: more than twice as fast as `readCertificate`. */
export function scanCertificate(der: Uint8Array): Result<ScannedCertificate> {
  try {
    const { fingerprint256, validTo, subjectAltName } = new X509Certificate(der);
    return ok({
      fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
      notAfter: fromDate(new Date(validTo)),
      // Odd values come in quotes, so that none can pass for another entry (CVE-2021-44532).
      names: matchableNames([...(subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^,"]+)(?=,|$)/g)].map(([, name = '']) => name)),
    });
  } catch {
    return unreadable('not DER');
  }
}

/** Case aside (RFC 4343), only a name in its normal form is what a client would look for. */
function matchableNames(texts: readonly string[]): CertificateName[] {
  return texts.flatMap((text) => {
    const name = parseCertificateName(text);
    return name.ok && name.value === text.toLowerCase() ? name.value : [];
  });
}

const unreadable = (detail: string) => err(problem('CERTIFICATE_UNREADABLE', { detail }));
