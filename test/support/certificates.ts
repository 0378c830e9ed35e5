/**
 * A certificate authority for tests: a root and an intermediate, made anew in each process, that signs whatever it is asked to.
 * It shares no code with src/.
 */
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
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

export type TestAlgorithm = 'ECDSA' | 'RSA';
export type TestRequest = {
  readonly names: readonly string[];
  /** ECDSA P-256 where absent; RSA is 2048 bits. */
  readonly algorithm?: TestAlgorithm;
  /** An hour ago where absent. */
  readonly notBefore?: Date;
  /** Ninety days from now where absent. */
  readonly notAfter?: Date;
  /** SubjectPublicKeyInfo (DER) of somebody else's key: then `keyPem` is of another one. */
  readonly publicKey?: Uint8Array;
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
  readonly intermediatePem: string;
  readonly intermediateDer: Uint8Array;
  issue(request: TestRequest): Promise<TestCertificate>;
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const EC_KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const RSA_KEY = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
} as const;

export async function makeCa(commonName = 'Hostseal Test'): Promise<TestCa> {
  const root = await makeAuthority(`CN=${commonName} Root`);
  const intermediate = await makeAuthority(`CN=${commonName} Intermediate`, root);
  return {
    rootPem: root.certificate.toString('pem'),
    rootDer: new Uint8Array(root.certificate.rawData),
    intermediatePem: intermediate.certificate.toString('pem'),
    intermediateDer: new Uint8Array(intermediate.certificate.rawData),
    issue: (request) => issue(intermediate, request),
  };
}

type Authority = { readonly certificate: X509Certificate; readonly keys: webcrypto.CryptoKeyPair };

async function makeAuthority(subject: string, parent?: Authority): Promise<Authority> {
  const keys = await makeKeys(EC_KEY);
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: parent?.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: parent?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: SIGNING,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + 3650 * DAY),
    extensions: [
      new BasicConstraintsExtension(true, parent ? 0 : undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate, keys };
}

async function issue(authority: Authority, request: TestRequest): Promise<TestCertificate> {
  const keys = await makeKeys(request.algorithm === 'RSA' ? RSA_KEY : EC_KEY);
  const leaf = await X509CertificateGenerator.create({
    subject: `CN=${request.names[0] ?? 'nameless'}`,
    issuer: authority.certificate.subject,
    publicKey: request.publicKey ? new PublicKey(new Uint8Array(request.publicKey)) : keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: SIGNING,
    notBefore: request.notBefore ?? new Date(Date.now() - HOUR),
    notAfter: request.notAfter ?? new Date(Date.now() + 90 * DAY),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(request.names.map((value) => ({ type: 'dns' as const, value }))),
    ],
  });
  const leafDer = new Uint8Array(leaf.rawData);
  const leafPem = `${leaf.toString('pem')}\n`;
  return {
    leafPem,
    chainPem: `${leafPem}${authority.certificate.toString('pem')}\n`,
    keyPem: `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}\n`,
    leafDer,
    fingerprint: createHash('sha256').update(leafDer).digest('hex'),
    serial: leaf.serialNumber.toLowerCase(),
  };
}

const makeKeys = (algorithm: typeof EC_KEY | typeof RSA_KEY): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
