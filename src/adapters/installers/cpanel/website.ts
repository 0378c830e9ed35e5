/** cPanel's websites, and what each shows. A website has one certificate for all of its names. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { covers, isWildcard, parseCertificateName, type CertificateName, type Hostname } from '../../../values/hostname.js';
import { parseIpAddress, type IpAddress } from '../../../values/ip-address.js';
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
  readonly addresses: readonly IpAddress[];
  /** Absolute. */
  readonly docroot: string;
};

/** What is installed for a website. PEM; `chain` has no leaf, and may be empty. */
export type Material = { readonly certificate: string; readonly chain: string; readonly key: Secret };

/** A website with a certificate, without its key. */
export type ShownWebsite = Pick<Website, 'servername' | 'names' | 'addresses'> & { readonly certificate: string };

/** Addresses as cPanel writes them, in the normal form. */
export const addressesIn = (addresses: readonly unknown[]): readonly IpAddress[] =>
  addresses.flatMap((address) => {
    const parsed = parseIpAddress(typeof address === 'string' ? address : '');
    return parsed.ok ? [parsed.value] : [];
  });

/** Names as cPanel lists them; what is no host name is left out. */
export const namesIn = (names: readonly unknown[]): readonly CertificateName[] => [
  ...new Set(
    names.flatMap((name) => {
      const parsed = typeof name === 'string' ? parseCertificateName(name) : undefined;
      return parsed?.ok ? [parsed.value] : [];
    }),
  ),
];

export type ScannedLeaf = ScannedCertificate & { readonly selfSigned: boolean };

/** The first certificate of a PEM text; undefined where there is none that can be read. */
export function scan(pem: string): ScannedLeaf | undefined {
  const blocks = parsePem('CERTIFICATE', pem);
  const der = blocks.ok ? blocks.value[0] : undefined;
  const scanned = der && scanCertificate(der);
  if (!scanned?.ok) return undefined;
  const { subject, issuer } = new X509Certificate(der!);
  return { ...scanned.value, selfSigned: subject === issuer };
}

/** Could it be installed again? */
export function isWhole({ certificate, key }: Material): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key.revealText()));
  } catch {
    return false;
  }
}

export const fingerprintOf = (pem: string): string | undefined => scan(pem)?.fingerprint;

/** Does a certificate with these names stand for a name that a website has? */
export const standsFor = (covered: readonly string[], name: CertificateName): boolean =>
  covered.some((each) => each === name || (!isWildcard(name) && covers(each as CertificateName, name as Hostname)));
