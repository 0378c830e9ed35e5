/**
 * IANA "TLS SignatureScheme" (RFC 8446 4.2.3, RFC 8734, draft-ietf-tls-mldsa), and the pairs of hash and signature of TLS 1.2 that share
 * its numbers (RFC 5246 7.4.1.4.1).
 */
type Scheme = {
  readonly name: string;
  /** Of node:crypto; undefined where the algorithm hashes itself. */
  readonly hash?: string;
  readonly key: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448' | 'dsa' | 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87';
  readonly pss?: true;
  /** OID of the one curve that goes with it, in TLS 1.3 (RFC 5480 2.1.1.1, RFC 5639 A.1). */
  readonly curve?: string;
};

const SCHEMES: Readonly<Record<number, Scheme>> = {
  0x0101: { name: 'rsa_pkcs1_md5', hash: 'md5', key: 'rsa' },
  0x0201: { name: 'rsa_pkcs1_sha1', hash: 'sha1', key: 'rsa' },
  0x0202: { name: 'dsa_sha1', hash: 'sha1', key: 'dsa' },
  0x0203: { name: 'ecdsa_sha1', hash: 'sha1', key: 'ec' },
  0x0301: { name: 'rsa_pkcs1_sha224', hash: 'sha224', key: 'rsa' },
  0x0302: { name: 'dsa_sha224', hash: 'sha224', key: 'dsa' },
  0x0303: { name: 'ecdsa_sha224', hash: 'sha224', key: 'ec' },
  0x0401: { name: 'rsa_pkcs1_sha256', hash: 'sha256', key: 'rsa' },
  0x0402: { name: 'dsa_sha256', hash: 'sha256', key: 'dsa' },
  0x0403: { name: 'ecdsa_secp256r1_sha256', hash: 'sha256', key: 'ec', curve: '1.2.840.10045.3.1.7' },
  0x0501: { name: 'rsa_pkcs1_sha384', hash: 'sha384', key: 'rsa' },
  0x0502: { name: 'dsa_sha384', hash: 'sha384', key: 'dsa' },
  0x0503: { name: 'ecdsa_secp384r1_sha384', hash: 'sha384', key: 'ec', curve: '1.3.132.0.34' },
  0x0601: { name: 'rsa_pkcs1_sha512', hash: 'sha512', key: 'rsa' },
  0x0602: { name: 'dsa_sha512', hash: 'sha512', key: 'dsa' },
  0x0603: { name: 'ecdsa_secp521r1_sha512', hash: 'sha512', key: 'ec', curve: '1.3.132.0.35' },
  0x0804: { name: 'rsa_pss_rsae_sha256', hash: 'sha256', key: 'rsa', pss: true },
  0x0805: { name: 'rsa_pss_rsae_sha384', hash: 'sha384', key: 'rsa', pss: true },
  0x0806: { name: 'rsa_pss_rsae_sha512', hash: 'sha512', key: 'rsa', pss: true },
  0x0807: { name: 'ed25519', key: 'ed25519' },
  0x0808: { name: 'ed448', key: 'ed448' },
  0x0809: { name: 'rsa_pss_pss_sha256', hash: 'sha256', key: 'rsa-pss', pss: true },
  0x080a: { name: 'rsa_pss_pss_sha384', hash: 'sha384', key: 'rsa-pss', pss: true },
  0x080b: { name: 'rsa_pss_pss_sha512', hash: 'sha512', key: 'rsa-pss', pss: true },
  0x081a: { name: 'ecdsa_brainpoolP256r1tls13_sha256', hash: 'sha256', key: 'ec', curve: '1.3.36.3.3.2.8.1.1.7' },
  0x081b: { name: 'ecdsa_brainpoolP384r1tls13_sha384', hash: 'sha384', key: 'ec', curve: '1.3.36.3.3.2.8.1.1.11' },
  0x081c: { name: 'ecdsa_brainpoolP512r1tls13_sha512', hash: 'sha512', key: 'ec', curve: '1.3.36.3.3.2.8.1.1.13' },
  0x0904: { name: 'mldsa44', key: 'ml-dsa-44' },
  0x0905: { name: 'mldsa65', key: 'ml-dsa-65' },
  0x0906: { name: 'mldsa87', key: 'ml-dsa-87' },
};

/** Every scheme that has a name here, in the order of IANA's numbers. */
export const KNOWN_SIGNATURE_SCHEMES: readonly number[] = Object.keys(SCHEMES).map(Number);

export const signatureScheme = (code: number): Scheme | undefined => SCHEMES[code];

/** `rsa_pss_rsae_sha256`; an unknown one as `0x0810`. */
export const signatureSchemeName = (code: number): string => SCHEMES[code]?.name ?? `0x${code.toString(16).padStart(4, '0')}`;
