/** Certificate requests (PKCS #10, RFC 2986): the one that we make, and what a stranger's says. */
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { parseCertificateName, type CertificateName } from '../../values/hostname.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { readGeneralNames } from './encoding/general-name.js';
import { keyAlgorithmOf } from './encoding/key-algorithm.js';
import { isSignedBy } from './encoding/signature-algorithm.js';
import { openSigned } from './encoding/signed-structure.js';
import { EXTENSION } from './encoding/object-identifiers.js';

export type Csr = {
  /** dNSNames asked for, and the common name where it is one; each once, sorted. */
  readonly names: readonly CertificateName[];
  /** How many other names it asks for: addresses, mailboxes, and what is no DNS name. */
  readonly otherNames: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly keyAlgorithm: string;
  /** Did the holder of the key make it? */
  readonly signatureValid: boolean;
};

/** Ten times what 100 names with an RSA 4096 key take; the limit of the API is the same. */
export const MAX_CSR_BYTES = 16_384;

/** DER. The names go into the SAN; the subject stays empty, as the common name is not recommended (CA/B BR 7.1.2.7.2). */
export async function makeCsr(keys: webcrypto.CryptoKeyPair, names: readonly CertificateName[]): Promise<Uint8Array> {
  const { name, ...rest } = keys.privateKey.algorithm as webcrypto.EcKeyAlgorithm;
  const hash = rest.namedCurve === 'P-384' ? 'SHA-384' : 'SHA-256';
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: { name, hash },
    extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))],
  });
  return new Uint8Array(request.rawData);
}

/** CSR_INVALID for what is no request. A wrong signature is told, not refused: the caller decides. */
export function readCsr(der: Uint8Array): Result<Csr> {
  if (der.length > MAX_CSR_BYTES) return invalid(`larger than ${MAX_CSR_BYTES} bytes`);
  const structure = openSigned(der);
  if (structure === undefined) return invalid('not one signed DER structure');
  try {
    const request = new Pkcs10CertificateRequest(der as Uint8Array<ArrayBuffer>);
    const publicKey = new Uint8Array(request.publicKey.rawData);
    const commonNames = request.subjectName.getField('CN').filter((text) => parseCertificateName(text).ok);
    const requested = requestedNames(request);
    if (requested === undefined) return invalid('its subjectAltName is malformed');
    const names = [...commonNames, ...requested.dns].map(parseCertificateName).flatMap((name) => (name.ok ? name.value : []));
    return ok({
      names: [...new Set(names)].sort(),
      otherNames: requested.others + requested.dns.filter((text) => !parseCertificateName(text).ok).length,
      publicKey,
      keyAlgorithm: keyAlgorithmOf(publicKey),
      signatureValid: isSignedBy(publicKey, structure.signatureAlgorithm, structure.signed, structure.signature),
    });
  } catch {
    return invalid('not a PKCS #10 request');
  }
}

function requestedNames(request: Pkcs10CertificateRequest): { dns: string[]; others: number } | undefined {
  const extensions = request.extensions.filter(({ type }) => type === EXTENSION.subjectAltName);
  if (extensions.length > 1) return undefined;
  const [extension] = extensions;
  if (extension === undefined) return { dns: [], others: 0 };
  const names = readGeneralNames(new Uint8Array(extension.value));
  if (names === undefined) return undefined;
  const dns = names.flatMap((name) => (name.type === 'dns' ? name.value : []));
  return { dns, others: names.length - dns.length };
}

const invalid = (detail: string) => err(problem('CSR_INVALID', { detail }));
