/**
 * What is shown to a client that names no site of ours: self-signed, for nobody. It tells a stranger nothing about who is hosted
 * here, and no tenant's certificate ever stands in for another's.
 */
import { webcrypto } from 'node:crypto';
import { readCertificate } from '../../cores/pki/certificate.js';
import { parsePem, toPem } from '../../values/pem.js';
import { Secret } from '../../values/secret.js';

const NOBODY = 'CN=No site is configured under this name';

/** Chain and PKCS #8 key, both PEM. */
export type NeutralCertificate = { readonly chain: string; readonly key: Secret };

export async function makeNeutralCertificate(): Promise<NeutralCertificate> {
  // Loaded here only: one is made once per server.
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

/** SHA-256 of the neutral certificate in a PEM text, hex; undefined where it is somebody's. */
export function neutralFingerprint(pem: string): string | undefined {
  const parsed = parsePem('CERTIFICATE', pem);
  const leaf = parsed.ok && parsed.value[0] ? readCertificate(parsed.value[0]) : undefined;
  return leaf?.ok && leaf.value.subject === NOBODY && leaf.value.issuer === NOBODY ? leaf.value.fingerprint : undefined;
}
