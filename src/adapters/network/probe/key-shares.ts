/** Key shares on curves, alone and beside ML-KEM (RFC 8446 4.2.8.2, RFC 8422 5.4, draft-ietf-tls-ecdhe-mlkem). */
import { createECDH, decapsulate, diffieHellman, generateKeyPairSync, getCurves, type KeyObject } from 'node:crypto';
import { readPublicKey } from '../../../cores/pki/public-key.js';
import type { KeyShare } from '../../../cores/tls/client/client-tools.js';

/** X25519 and X448 (RFC 7748). Undefined for a peer's point of small order, too. */
export function montgomeryShare(curve: 'x25519' | 'x448'): KeyShare {
  const { publicKey, privateKey } = curve === 'x25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('x448');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const length = curve === 'x25519' ? 32 : 56;
  const prefix = spki.subarray(0, spki.length - length);
  return {
    publicKey: spki.subarray(spki.length - length),
    agree: (peerShare) =>
      peerShare.length === length
        ? orUndefined(() => diffieHellman({ privateKey, publicKey: readPublicKey(Buffer.concat([prefix, peerShare])) }))
        : undefined,
  };
}

/** OpenSSL's names, where they are not IANA's. */
const OPENSSL_CURVES: Readonly<Record<string, string>> = { secp256r1: 'prime256v1', secp192r1: 'prime192v1', curveSM2: 'SM2' };
const known: ReadonlySet<string> = new Set(getCurves());

/** Any curve that OpenSSL knows, by IANA's name; uncompressed points. */
export function curveShare(name: string): KeyShare | undefined {
  // RFC 8734: the same curves, with numbers of their own in TLS 1.3.
  const curve = OPENSSL_CURVES[name] ?? name.replace(/tls13$/, '');
  if (!known.has(curve)) return undefined;
  const ecdh = createECDH(curve);
  return { publicKey: ecdh.generateKeys(), agree: (peerShare) => orUndefined(() => ecdh.computeSecret(peerShare)) };
}

type Kem = 'ml-kem-512' | 'ml-kem-768' | 'ml-kem-1024';
/** FIPS 203, table 3. */
const SIZES = { 'ml-kem-512': [800, 768], 'ml-kem-768': [1184, 1088], 'ml-kem-1024': [1568, 1568] } as const;

/** Shares and secrets stand one after the other: ML-KEM first with X25519, last with the others. Without `curve`: ML-KEM alone. */
export function hybridShare(kem: Kem, curve: KeyShare | undefined, order: 'KEM_FIRST' | 'CURVE_FIRST'): KeyShare {
  const { publicKey, privateKey } = generateKem(kem);
  const [keyLength, ciphertextLength] = SIZES[kem];
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const ours = [spki.subarray(spki.length - keyLength), curve?.publicKey ?? Buffer.alloc(0)];
  const inOrder = (parts: Uint8Array[]): Buffer => Buffer.concat(order === 'KEM_FIRST' ? parts : parts.toReversed());
  return {
    publicKey: inOrder(ours),
    agree(peerShare) {
      const split = order === 'KEM_FIRST' ? ciphertextLength : peerShare.length - ciphertextLength;
      if (split < 0 || peerShare.length < ciphertextLength) return undefined;
      const [first, second] = [peerShare.subarray(0, split), peerShare.subarray(split)];
      const [ciphertext, point] = order === 'KEM_FIRST' ? [first, second] : [second, first];
      const ofKem = orUndefined(() => decapsulate(privateKey, ciphertext));
      const ofCurve = curve ? curve.agree(point) : point.length === 0 ? Buffer.alloc(0) : undefined;
      return ofKem && ofCurve && inOrder([ofKem, ofCurve]);
    },
  };
}

function generateKem(kem: Kem): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (kem) {
    case 'ml-kem-512':
      return generateKeyPairSync('ml-kem-512');
    case 'ml-kem-768':
      return generateKeyPairSync('ml-kem-768');
    case 'ml-kem-1024':
      return generateKeyPairSync('ml-kem-1024');
    default:
      return kem satisfies never;
  }
}

/** OpenSSL throws for a point off its curve, and for a share of the wrong length. */
function orUndefined(compute: () => Uint8Array): Uint8Array | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}
