import { webcrypto } from 'node:crypto';
import type { KeyAlgorithm } from '../../cores/pki/encoding/key-algorithm.js';
import { toPem } from '../../values/pem.js';
import { Secret } from '../../values/secret.js';

/** How WebCrypto is asked for each kind. */
const PARAMETERS: Readonly<Record<KeyAlgorithm, webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams>> = {
  ECDSA_P256: { name: 'ECDSA', namedCurve: 'P-256' },
  ECDSA_P384: { name: 'ECDSA', namedCurve: 'P-384' },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
};

function rsa(modulusLength: number): webcrypto.RsaHashedKeyGenParams {
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
}

/** A fresh key pair, and its private key as PKCS #8 PEM for the vault. */
export async function makeKeyPair(algorithm: KeyAlgorithm): Promise<{ keys: webcrypto.CryptoKeyPair; privateKey: Secret }> {
  const keys = await webcrypto.subtle.generateKey(PARAMETERS[algorithm], true, ['sign', 'verify']);
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { keys, privateKey: Secret.of(toPem('PRIVATE KEY', new Uint8Array(pkcs8))) };
}
