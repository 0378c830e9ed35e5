/**
 * A certificate authority for tests: a root and an intermediate or more, made anew in each process, that signs whatever it is asked to,
 * the broken too. It shares no code with src/.
 */
import 'reflect-metadata';
import {
  AuthorityInfoAccessExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsage,
  Extension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  PublicKey,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';
import { createHash, webcrypto } from 'node:crypto';
import { octets } from './der.js';

export type TestAlgorithm = 'ECDSA' | 'RSA' | 'RSA_1024' | 'RSA_EXPONENT_3';
export type TestRequest = {
  readonly names: readonly string[];
  /** The first name where absent. Without any name the certificate has no subject alternative names. */
  readonly commonName?: string;
  /** ECDSA P-256 where absent; RSA is 2048 bits. */
  readonly algorithm?: TestAlgorithm;
  /** An hour ago where absent. */
  readonly notBefore?: Date;
  /** Ninety days from now where absent. */
  readonly notAfter?: Date;
  /** SubjectPublicKeyInfo (DER) of somebody else's key: then `keyPem` is of another one. */
  readonly publicKey?: Uint8Array;
  /** SHA-256 where absent. */
  readonly signedWith?: 'SHA-1';
  /** serverAuth where absent. */
  readonly purpose?: 'clientAuth';
  /** Where its CRL is (RFC 5280 4.2.1.13). */
  readonly crlUrl?: string;
  /** SignedCertificateTimestampList that is embedded (RFC 6962 3.3). */
  readonly timestamps?: Uint8Array;
  /** Where its issuer's certificate is (RFC 5280 4.2.2.1). */
  readonly issuerUrl?: string;
};
export type TestCertificate = {
  /** PEM, leaf first, then the intermediate; without the root. */
  readonly chainPem: string;
  /** PEM, the leaf alone. */
  readonly leafPem: string;
  /** PKCS #8, PEM. */
  readonly keyPem: string;
  readonly leafDer: Uint8Array;
  /** SHA-256 of the leaf's DER, lower-case hex. */
  readonly fingerprint: string;
  /** Lower-case hex, as the certificate carries it. */
  readonly serial: string;
};
export type TestCa = {
  readonly rootPem: string;
  readonly rootDer: Uint8Array;
  /** Of the one that signs leaves. */
  readonly intermediatePem: string;
  readonly intermediateDer: Uint8Array;
  /** PEM of all intermediates, the one that signs leaves first. */
  readonly intermediatesPem: readonly string[];
  /** The one that signs leaves, for whoever signs lists and answers in its name. */
  readonly signer: Authority;
  issue(request: TestRequest): Promise<TestCertificate>;
  /** A certificate that is its own issuer. */
  selfSign(request: TestRequest): Promise<TestCertificate>;
};
export type Authority = { readonly certificate: X509Certificate; readonly keys: webcrypto.CryptoKeyPair };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const signing = (hash: 'SHA-256' | 'SHA-1' = 'SHA-256') => ({ name: 'ECDSA', hash }) as const;
const EC_KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const rsaKey = (modulusLength: number, publicExponent: readonly number[]) => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: new Uint8Array(publicExponent),
  hash: 'SHA-256',
});
const KEYS: Readonly<Record<TestAlgorithm, KeyAlgorithm>> = {
  ECDSA: EC_KEY,
  RSA: rsaKey(2048, [1, 0, 1]),
  RSA_1024: rsaKey(1024, [1, 0, 1]),
  RSA_EXPONENT_3: rsaKey(2048, [3]),
};
type KeyAlgorithm = typeof EC_KEY | ReturnType<typeof rsaKey>;

type CaOptions = {
  /** Between the root and the leaves; one where absent. */
  readonly intermediates?: number;
  /** The intermediates; SHA-256 where absent. */
  readonly signedWith?: 'SHA-1';
  /** Of the intermediates; in ten years where absent. */
  readonly notAfter?: Date;
};

export async function makeCa(commonName = 'Hostseal Test', { intermediates = 1, ...ofIntermediates }: CaOptions = {}): Promise<TestCa> {
  const root = await makeAuthority(`CN=${commonName} Root`);
  const below: Authority[] = [];
  for (let i = intermediates; i > 0; i--) {
    const name = `CN=${commonName} Intermediate${i > 1 ? ` ${i}` : ''}`;
    below.unshift(await makeAuthority(name, { parent: below[0] ?? root, pathLength: i - 1, ...ofIntermediates }));
  }
  const signer = below[0] ?? root;
  const intermediatesPem = below.map(({ certificate }) => `${certificate.toString('pem')}\n`);
  return {
    rootPem: root.certificate.toString('pem'),
    rootDer: new Uint8Array(root.certificate.rawData),
    intermediatePem: signer.certificate.toString('pem'),
    intermediateDer: new Uint8Array(signer.certificate.rawData),
    intermediatesPem,
    signer,
    issue: (request) => issue(request, signer, intermediatesPem),
    selfSign: (request) => issue(request),
  };
}

type Below = { readonly parent: Authority; readonly pathLength: number } & Omit<CaOptions, 'intermediates'>;

async function makeAuthority(subject: string, below?: Below): Promise<Authority> {
  const keys = await makeKeys(EC_KEY);
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: below?.parent.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: below?.parent.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: signing(below?.signedWith),
    notBefore: new Date(Date.now() - DAY),
    notAfter: below?.notAfter ?? new Date(Date.now() + 3650 * DAY),
    extensions: [
      new BasicConstraintsExtension(true, below?.pathLength, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate, keys };
}

async function issue(request: TestRequest, authority?: Authority, intermediatesPem: readonly string[] = []): Promise<TestCertificate> {
  const { names, commonName = names[0] ?? 'nameless', crlUrl, issuerUrl, timestamps } = request;
  const algorithm = KEYS[request.algorithm ?? 'ECDSA'];
  const keys = await makeKeys(algorithm);
  const subject = `CN=${commonName}`;
  const leaf = await X509CertificateGenerator.create({
    subject,
    issuer: authority?.certificate.subject ?? subject,
    publicKey: request.publicKey ? new PublicKey(new Uint8Array(request.publicKey)) : keys.publicKey,
    signingKey: (authority?.keys ?? keys).privateKey,
    signingAlgorithm: authority ? signing(request.signedWith) : { name: algorithm.name, hash: request.signedWith ?? 'SHA-256' },
    notBefore: request.notBefore ?? new Date(Date.now() - HOUR),
    notAfter: request.notAfter ?? new Date(Date.now() + 90 * DAY),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(usageOf(request.algorithm), true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage[request.purpose ?? 'serverAuth']]),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))] : []),
      ...(crlUrl === undefined ? [] : [new CRLDistributionPointsExtension([crlUrl])]),
      ...(timestamps === undefined ? [] : [new Extension('1.3.6.1.4.1.11129.2.4.2', false, octets(timestamps))]),
      ...(issuerUrl === undefined ? [] : [new AuthorityInfoAccessExtension({ caIssuers: issuerUrl })]),
    ],
  });
  const leafDer = new Uint8Array(leaf.rawData);
  const leafPem = `${leaf.toString('pem')}\n`;
  return {
    leafPem,
    chainPem: `${leafPem}${intermediatesPem.join('')}`,
    keyPem: `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}\n`,
    leafDer,
    fingerprint: createHash('sha256').update(leafDer).digest('hex'),
    serial: leaf.serialNumber.toLowerCase(),
  };
}

const makeKeys = (algorithm: KeyAlgorithm): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

/** RFC 5246 7.4.2: static RSA needs the second. */
const usageOf = (algorithm: TestAlgorithm = 'ECDSA'): number =>
  algorithm === 'ECDSA' ? KeyUsageFlags.digitalSignature : KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment;
