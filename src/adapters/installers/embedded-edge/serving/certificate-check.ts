/** The edge's own judgement of a certificate before it may be served: what nginx would say with `-t`, and the mistakes that nginx does not see. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { covers, isWildcard, parseCertificateName, type CertificateName, type Hostname } from '../../../../values/hostname.js';
import type { Instant } from '../../../../values/instant.js';
import { parsePem } from '../../../../values/pem.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import type { CertificateFiles } from '../../installer.js';
import { TLS_SETTINGS } from './tls-settings.js';

/** SERVER_CONFIG_REFUSED with the first thing that is wrong. */
export function checkCertificate(files: CertificateFiles, name: CertificateName, now: Instant): Result<void> {
  const refuse = (detail: string): Result<void> => err(problem('SERVER_CONFIG_REFUSED', { detail: `${name}: ${detail}` }));
  const blocks = parsePem('CERTIFICATE', files.chain);
  if (!blocks.ok) return refuse('the chain is not PEM');
  const [leaf, ...issuers] = blocks.value.map(readCertificate);
  if (!leaf || issuers.includes(undefined)) return refuse('the chain has a certificate that cannot be read');
  if (leaf.fingerprint256.replaceAll(':', '').toLowerCase() !== files.fingerprint) return refuse('the leaf has another fingerprint');
  const key = readKey(files);
  if (!key) return refuse('the private key cannot be read');
  if (!leaf.checkPrivateKey(key)) return refuse('the private key is for another certificate');
  if (Date.parse(leaf.validTo) < now) return refuse(`the certificate expired on ${leaf.validTo}`);
  const names = dnsNames(leaf);
  if (!(isWildcard(name) ? names.includes(name) : coveredBy(names, name as Hostname))) return refuse('the certificate is for other names');
  try {
    createSecureContext({ ...TLS_SETTINGS, ca: [], cert: files.chain, key: files.key.revealText() });
  } catch (error) {
    return refuse(`OpenSSL refuses it (${error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'})`);
  }
  return ok(undefined);
}

/** The names in the subjectAltName (RFC 5280 4.2.1.6) that could be bound; the subject is not asked (RFC 6125 6.4.4). */
function dnsNames(certificate: X509Certificate): readonly CertificateName[] {
  return (certificate.subjectAltName ?? '').split(', ').flatMap((entry) => {
    const name = entry.startsWith('DNS:') ? parseCertificateName(entry.slice('DNS:'.length)) : undefined;
    return name?.ok ? [name.value] : [];
  });
}

const coveredBy = (names: readonly CertificateName[], host: string): boolean => names.some((name) => covers(name, host as Hostname));

function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function readKey({ key }: CertificateFiles) {
  try {
    return createPrivateKey(key.revealText());
  } catch {
    return undefined;
  }
}
