/** Certificates of any shape, right and wrong, signed with fresh P-256 keys unless told otherwise. */
import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { id_kp_serverAuth, type Extension } from '@peculiar/asn1-x509';
import {
  assembleCertificate,
  authorityKeyIdentifier,
  basicConstraints,
  certificatePolicies,
  encodeTbsCertificate,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
  type CertificateTemplate,
} from '../../../src/cores/pki/encoding/certificate-encoding.js';
import { readCertificate, type Certificate } from '../../../src/cores/pki/certificate.js';
import { contentOf, readElements, SEQUENCE } from '../../../src/cores/pki/encoding/der.js';
import { EMPTY_NAME, encodeName } from '../../../src/cores/pki/encoding/name-encoding.js';
import { hashOf } from '../../../src/cores/pki/encoding/signature-algorithm.js';
import type { CertificateName } from '../../../src/values/hostname.js';
import { days, hours, type Instant } from '../../../src/values/instant.js';
import { unwrap } from '../../../src/values/result.js';
import { sequence, tlv } from '../../support/pki/der.js';

export const NOW = Date.parse('2026-11-24T12:00:00Z') as Instant;
export const SERVER_AUTH = id_kp_serverAuth;

export type Authority = { readonly key: KeyObject; readonly certificate: Certificate };
export type Changes = Partial<CertificateTemplate> & {
  readonly key?: KeyObject;
  readonly without?: readonly string[];
  readonly plus?: readonly Extension[];
  /** The fields of TBSCertificate, each an element of DER, before they are signed. */
  readonly rewrite?: (fields: Uint8Array[]) => Uint8Array[];
  /** AlgorithmIdentifier that is written in both places, whatever signs. */
  readonly algorithm?: Uint8Array;
};

export const newKey = (namedCurve = 'P-256'): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;

/** A CA: self-signed, or signed by `parent`. `without`: OIDs of extensions to leave out; `plus`: to put in place of the same OID. */
export function makeAuthority(commonName: string, parent?: Authority, changes: Changes = {}): Authority {
  const key = changes.key ?? newKey();
  const name = changes.subjectDer ?? encodeName('Test', commonName);
  const extensions = [basicConstraints(true), keyUsage('keyCertSign', 'cRLSign'), subjectKeyIdentifier(identifierOf(key))];
  if (parent) extensions.push(authorityKeyIdentifier(parent.certificate.subjectKeyIdentifier ?? ''));
  const signer = parent ?? { key, certificate: { subjectDer: name, subjectKeyIdentifier: identifierOf(key) } };
  return { key, certificate: make(signer, key, { subjectDer: name, ...changes }, extensions) };
}

/** A server's certificate that every check and lint is content with, but for `changes`. */
export function makeLeaf(parent: Authority, names: readonly string[] = ['shop.example'], changes: Changes = {}): Certificate {
  const key = changes.key ?? newKey();
  const extensions = [
    basicConstraints(false),
    keyUsage('digitalSignature'),
    extendedKeyUsage(SERVER_AUTH),
    certificatePolicies('2.23.140.1.2.1'),
    subjectAltName(names as CertificateName[], true),
    authorityKeyIdentifier(parent.certificate.subjectKeyIdentifier ?? ''),
  ];
  return make(parent, key, { subjectDer: EMPTY_NAME, ...changes }, extensions);
}

/** The same with other octets in its signature. */
export function withBrokenSignature(certificate: Certificate): Certificate {
  const der = Uint8Array.from(certificate.der);
  der.set([(der.at(-1) ?? 0) ^ 1], der.length - 1);
  return unwrap(readCertificate(der));
}

type Parent = { readonly key: KeyObject; readonly certificate: Pick<Certificate, 'subjectDer' | 'subjectKeyIdentifier'> };

function make(
  parent: Parent,
  key: KeyObject,
  { without = [], plus = [], rewrite, algorithm, ...changes }: Changes,
  extensions: readonly Extension[],
): Certificate {
  const replaced = new Set([...without, ...plus.map(({ extnID }) => extnID)]);
  const tbs = encodeTbsCertificate({
    serial: '4a11111111111111111111111111111111bb',
    issuerDer: parent.certificate.subjectDer,
    subjectDer: EMPTY_NAME,
    notBefore: (NOW - hours(1)) as Instant,
    notAfter: (NOW + days(90)) as Instant,
    publicKey: publicKeyOf(key),
    signatureAlgorithm: 'ECDSA_SHA256',
    ...changes,
    extensions: [...extensions.filter(({ extnID }) => !replaced.has(extnID)), ...plus],
  });
  if (rewrite || algorithm) return unwrap(readCertificate(rewritten(tbs, parent.key, rewrite, algorithm)));
  const { signatureAlgorithm = 'ECDSA_SHA256' } = changes;
  const signature = sign(hashOf(signatureAlgorithm), tbs, parent.key);
  return unwrap(readCertificate(assembleCertificate(tbs, signatureAlgorithm, signature)));
}

function rewritten(tbs: Uint8Array, key: KeyObject, rewrite: Changes['rewrite'], algorithm: Uint8Array | undefined): Uint8Array {
  const elements = readElements(contentOf(SEQUENCE, tbs) ?? new Uint8Array()) ?? [];
  const fields = elements.map(({ bytes }, i) => (i === 2 ? (algorithm ?? bytes) : bytes));
  const signed = sequence(...(rewrite?.(fields) ?? fields));
  return sequence(signed, fields[2]!, tlv(0x03, Uint8Array.of(0), sign('sha256', signed, key)));
}

const publicKeyOf = (key: KeyObject): Uint8Array => {
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return new Uint8Array(der);
};
const identifierOf = (key: KeyObject): string => createHash('sha256').update(publicKeyOf(key)).digest('hex').slice(0, 40);
