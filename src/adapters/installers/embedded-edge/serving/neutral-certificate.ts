/**
 * What is shown to a client that names no site of ours: self-signed, for nobody, made at the first start. It tells a stranger
 * nothing about who is hosted here, and no tenant's certificate ever stands in for another's.
 */
import { webcrypto } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { toPem } from '../../../../values/pem.js';
import { Secret } from '../../../../values/secret.js';
import { OWNER_ONLY_DIRECTORY, removeTemporaries, writeDurably } from '../tree/durable-files.js';

const NOBODY = 'CN=No site is configured under this name';

export type NeutralCertificate = { readonly chain: string; readonly key: Secret };

export async function neutralCertificate(directory: string): Promise<NeutralCertificate> {
  await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  await removeTemporaries(directory);
  const stored = await load(directory);
  if (stored) return stored;
  const made = await make();
  await writeDurably(join(directory, 'key.pem'), made.key.revealText());
  await writeDurably(join(directory, 'chain.pem'), made.chain);
  return made;
}

/** Undefined where it was never made, or does not work any more: it is worth nothing, and is made anew. */
async function load(directory: string): Promise<NeutralCertificate | undefined> {
  try {
    const chain = await readFile(join(directory, 'chain.pem'), 'utf8');
    const key = Secret.of(await readFile(join(directory, 'key.pem'), 'utf8'));
    createSecureContext({ cert: chain, key: key.revealText(), ca: [] });
    return { chain, key };
  } catch {
    return undefined;
  }
}

async function make(): Promise<NeutralCertificate> {
  // Loaded here only: every later start does without it.
  await import('reflect-metadata');
  const { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject: NOBODY,
    issuer: NOBODY,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    notBefore: new Date('2020-01-01T00:00:00Z'),
    // RFC 5280 4.1.2.5: no well-defined expiration date.
    notAfter: new Date('9999-12-31T23:59:59Z'),
    // RFC 6761 6.4: a name that can never be anybody's.
    extensions: [new BasicConstraintsExtension(false), new SubjectAlternativeNameExtension([{ type: 'dns', value: 'neutral.invalid' }])],
  });
  return {
    chain: toPem('CERTIFICATE', new Uint8Array(certificate.rawData)),
    key: Secret.of(toPem('PRIVATE KEY', new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)))),
  };
}
