/**
 * One case of a suite for path validation, in the form of x509-limbo's schema: a JSON object of PEM texts and what is asked for. Read without
 * trust: what is missing or odd is said in a sentence, and limits bound what one case may cost.
 */
import { Deadline } from '../../adapters/network/dialing/deadline.js';
import { MAX_CERTIFICATE_BYTES, readCertificate, type Certificate } from '../../cores/pki/certificate.js';
import { MAX_CRL_BYTES, readCrl, type Crl } from '../../cores/pki/revocation/crl.js';
import type { PathRequest } from '../../cores/pki/path/path-request.js';
import type { PeerName } from '../../cores/pki/path/peer-name.js';
import { readableCertificates } from '../../cores/pki/readable-certificates.js';
import { parseHostname } from '../../values/hostname.js';
import { parseInstant, type Instant } from '../../values/instant.js';
import { parseIpAddress } from '../../values/ip-address.js';
import { parsePem } from '../../values/pem.js';
import { err, ok, type Result } from '../../values/result.js';
import { PURPOSE } from '../../cores/pki/encoding/object-identifiers.js';
import type { KeyUse } from '../../cores/pki/encoding/key-usage.js';

/** Trusted and not, together: more than the roots of any store. */
const MAX_CERTIFICATES = 1_000;
/** For reading them: a millisecond is enough for one, but not where somebody put 1,000 names in each. */
const READING_MS = 5_000;
const MAX_CRLS = 100;
const MAX_ITEMS = 100;

/** The error is a sentence. `value`: of a case, as JSON gave it. */
export function readTestCase(value: unknown, now: Instant): Result<PathRequest, string> {
  try {
    return ok(toRequest(value as Readonly<Record<string, unknown>>, now));
  } catch (cause) {
    if (cause instanceof Odd) return err(cause.message);
    throw cause;
  }
}

/** Carries what is odd about a case out of the depth where it was found. */
class Odd extends Error {}

function toRequest(fields: Readonly<Record<string, unknown>>, now: Instant): PathRequest {
  const kind = fields['validation_kind'];
  if (kind !== 'SERVER' && kind !== 'CLIENT') throw new Odd('validation_kind is neither SERVER nor CLIENT');
  const [trusted, untrusted] = [pemsIn(fields, 'trusted_certs'), pemsIn(fields, 'untrusted_intermediates', [])];
  const deadline = new Deadline(READING_MS);
  if (trusted.length + untrusted.length > MAX_CERTIFICATES) throw new Odd(`there are more than ${MAX_CERTIFICATES} certificates`);
  const [leafDer, another] = pemBlocks('CERTIFICATE', fields['peer_certificate'], 'peer_certificate');
  if (leafDer === undefined || another) throw new Odd('peer_certificate is not one certificate');
  const leaf = readCertificate(leafDer);
  if (!leaf.ok) throw new Odd(`peer_certificate cannot be read: ${String(leaf.problem.facts['detail'])}`);
  const time = fields['validation_time'] ?? undefined;
  const depth = fields['max_chain_depth'] ?? undefined;
  const algorithms = listIn(fields, 'signature_algorithms').map(signatureAlgorithm);
  if (depth !== undefined && !(Number.isSafeInteger(depth) && (depth as number) >= 0)) throw new Odd('max_chain_depth is no count');
  return {
    leaf: leaf.value,
    roots: readInTime(trusted, deadline),
    intermediates: readInTime(untrusted, deadline),
    peers: [...[fields['expected_peer_name'] ?? []].flat(), ...listIn(fields, 'expected_peer_names')].map(peerName),
    purpose: kind === 'SERVER' ? 'serverAuth' : 'clientAuth',
    extendedKeyUsage: listIn(fields, 'extended_key_usage').map((name) => entryOf(PURPOSES, name, 'extended_key_usage')),
    keyUsage: listIn(fields, 'key_usage').map((name) => entryOf(KEY_USES, name, 'key_usage')),
    ...(algorithms.length > 0 && { signatureAlgorithms: algorithms }),
    ...(depth !== undefined && { maxIntermediates: depth as number }),
    crls: listIn(fields, 'crls', MAX_CRLS).flatMap(crlsIn),
    profile: 'CONFORMING',
    now: time === undefined ? now : instantIn(time),
  };
}

function listIn(fields: Readonly<Record<string, unknown>>, name: string, most = MAX_ITEMS): readonly unknown[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw new Odd(`${name} is no list`);
  if (value.length > most) throw new Odd(`${name} has more than ${most} items`);
  return value;
}

function pemsIn(fields: Readonly<Record<string, unknown>>, name: string, absent?: readonly unknown[]): Uint8Array[] {
  const texts = fields[name] ?? absent;
  if (!Array.isArray(texts)) throw new Odd(`${name} is no list`);
  if (texts.length > MAX_CERTIFICATES) throw new Odd(`${name} has more than ${MAX_CERTIFICATES} certificates`);
  return texts.flatMap((text) => pemBlocks('CERTIFICATE', text, name));
}

function readInTime(ders: readonly Uint8Array[], deadline: Deadline): Certificate[] {
  return ders.flatMap((der) => {
    if (deadline.remainingMs === 0) throw new Odd(`the certificates take longer than ${READING_MS} ms to read`);
    return readableCertificates([der]);
  });
}

function crlsIn(text: unknown): Crl[] {
  return pemBlocks('X509 CRL', text, 'crls').map((der) => {
    const crl = readCrl(der);
    if (!crl.ok) throw new Odd(`a list of crls cannot be read: ${String(crl.problem.facts['detail'])}`);
    return crl.value;
  });
}

function pemBlocks(label: 'CERTIFICATE' | 'X509 CRL', text: unknown, name: string): Uint8Array[] {
  // Base64 and line ends make of 3 octets a little more than 4.
  const most = 1.5 * (label === 'CERTIFICATE' ? MAX_CERTIFICATE_BYTES : MAX_CRL_BYTES);
  const blocks = typeof text === 'string' ? parsePem(label, text, most) : undefined;
  if (!blocks?.ok) throw new Odd(`${name} has no PEM block of a ${label}, or too large a one`);
  return blocks.value;
}

function instantIn(text: unknown): Instant {
  const at = typeof text === 'string' ? parseInstant(text) : undefined;
  if (!at?.ok) throw new Odd('validation_time is no date and time of RFC 3339');
  return at.value;
}

function peerName(peer: unknown): PeerName {
  const { kind, value } = (peer ?? {}) as { kind?: unknown; value?: unknown };
  if (typeof value !== 'string') throw new Odd('an expected peer name has no value');
  if (kind === 'RFC822') return { kind: 'MAIL', name: value };
  if (kind !== 'DNS' && kind !== 'IP') throw new Odd('an expected peer name is neither DNS, IP nor RFC822');
  const name = kind === 'DNS' ? parseHostname(value) : parseIpAddress(value);
  if (!name.ok) throw new Odd('an expected peer name is no such name');
  return { kind, name: name.value } as PeerName;
}

/** However it is spelled: `ECDSA_WITH_SHA256`, `sha256WithRSAEncryption`, `rsa_pss_rsae_sha256`. One that is not believed matches nothing. */
function signatureAlgorithm(name: unknown): string {
  const text = String(name).toLowerCase();
  const family = text.includes('ecdsa') ? 'ECDSA' : text.includes('pss') ? 'RSA_PSS' : 'RSA';
  const hash = /sha-?(256|384|512)/.exec(text)?.[1];
  return hash ? `${family}_SHA${hash}` : 'NONE';
}

function entryOf<T>(known: Readonly<Record<string, T>>, name: unknown, field: string): T {
  const entry = typeof name === 'string' && Object.hasOwn(known, name) ? known[name] : undefined;
  if (entry === undefined) throw new Odd(`${field} names what is not known here`);
  return entry;
}

const PURPOSES: Readonly<Record<string, string>> = {
  anyExtendedKeyUsage: PURPOSE.any,
  serverAuth: PURPOSE.serverAuth,
  clientAuth: PURPOSE.clientAuth,
  codeSigning: PURPOSE.codeSigning,
  emailProtection: PURPOSE.emailProtection,
  timeStamping: PURPOSE.timeStamping,
  OCSPSigning: PURPOSE.ocspSigning,
};
const KEY_USES: Readonly<Record<string, KeyUse>> = {
  digitalSignature: 'digitalSignature',
  contentCommitment: 'nonRepudiation',
  nonRepudiation: 'nonRepudiation',
  keyEncipherment: 'keyEncipherment',
  dataEncipherment: 'dataEncipherment',
  keyAgreement: 'keyAgreement',
  keyCertSign: 'keyCertSign',
  cRLSign: 'crlSign',
  encipherOnly: 'encipherOnly',
  decipherOnly: 'decipherOnly',
};
