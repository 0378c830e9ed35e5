/** cPanel's websites, and what each shows. A website has one certificate for all of its names. */
import { covers, isWildcard, parseCertificateName, type CertificateName, type Hostname } from '../../../values/hostname.js';
import { parsePem } from '../../../values/pem.js';
import type { Secret } from '../../../values/secret.js';
import { scanCertificate, type ScannedCertificate } from '../../../cores/pki/certificate.js';

export type Website = {
  /** The account. */
  readonly user: string;
  /** What cPanel calls it. */
  readonly servername: string;
  /** All that it answers for, its server name among them. */
  readonly names: readonly CertificateName[];
  /** Where it answers: one IPv4 address, and an IPv6 address on some servers. */
  readonly addresses: readonly string[];
  /** Absolute. */
  readonly docroot: string;
};

/** What is installed for a website. PEM; `chain` has no leaf, and may be empty. */
export type Material = { readonly certificate: string; readonly chain: string; readonly key: Secret };

/** A website with a certificate, without its key. */
export type ShownWebsite = Pick<Website, 'servername' | 'names' | 'addresses'> & { readonly certificate: string };

/** Names as cPanel lists them; what is no host name is left out. */
export const namesIn = (names: readonly unknown[]): readonly CertificateName[] => [
  ...new Set(
    names.flatMap((name) => {
      const parsed = typeof name === 'string' ? parseCertificateName(name) : undefined;
      return parsed?.ok ? [parsed.value] : [];
    }),
  ),
];

/** The first certificate of a PEM text; undefined where there is none that can be read. */
export function scan(pem: string): ScannedCertificate | undefined {
  const blocks = parsePem('CERTIFICATE', pem);
  const scanned = blocks.ok && blocks.value[0] ? scanCertificate(blocks.value[0]) : undefined;
  return scanned?.ok ? scanned.value : undefined;
}

export const fingerprintOf = (pem: string): string | undefined => scan(pem)?.fingerprint;

/** Does a certificate with these names stand for a name that a website has? */
export const standsFor = (covered: readonly string[], name: CertificateName): boolean =>
  covered.some((each) => each === name || (!isWildcard(name) && covers(each as CertificateName, name as Hostname)));
