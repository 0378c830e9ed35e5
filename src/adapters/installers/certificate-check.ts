/** Our own judgement of a certificate before a server sees it: not every server's test notices a key of another certificate. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { covers, isWildcard, parseCertificateName, type CertificateName, type Hostname } from '../../values/hostname.js';
import type { Instant } from '../../values/instant.js';
import { parsePem } from '../../values/pem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { CertificateFiles } from './installer.js';

/** The first thing that is wrong, in words. */
export function checkCertificate(files: CertificateFiles, name: CertificateName, now: Instant): Result<void, string> {
  const blocks = parsePem('CERTIFICATE', files.chain);
  if (!blocks.ok) return err('the chain is not PEM');
  const [leaf, ...issuers] = blocks.value.map(readCertificate);
  if (!leaf || issuers.includes(undefined)) return err('the chain has a certificate that cannot be read');
  if (leaf.fingerprint256.replaceAll(':', '').toLowerCase() !== files.fingerprint) return err('the leaf has another fingerprint');
  const key = readKey(files);
  if (!key) return err('the private key cannot be read');
  if (!leaf.checkPrivateKey(key)) return err('the private key is for another certificate');
  if (Date.parse(leaf.validTo) < now) return err(`the certificate expired on ${leaf.validTo}`);
  const names = dnsNames(leaf);
  const covered = isWildcard(name) ? names.includes(name) : names.some((each) => covers(each, name as Hostname));
  return covered ? ok(undefined) : err('the certificate is for other names');
}

/** The names in the subjectAltName (RFC 5280 4.2.1.6) that could be bound; the subject is not asked (RFC 6125 6.4.4). */
function dnsNames(certificate: X509Certificate): readonly CertificateName[] {
  return (certificate.subjectAltName ?? '').split(', ').flatMap((entry) => {
    const name = entry.startsWith('DNS:') ? parseCertificateName(entry.slice('DNS:'.length)) : undefined;
    return name?.ok ? [name.value] : [];
  });
}

function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function readKey({ key }: CertificateFiles): KeyObject | undefined {
  try {
    return createPrivateKey(key.revealText());
  } catch {
    return undefined;
  }
}
