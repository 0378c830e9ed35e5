/** A key that can be computed from what everybody sees (CA/B BR 6.1.5, 6.1.1.3). Roots are trusted for what they are. WEAK where clients take it all the same. */
import { KEY_ALGORITHMS } from '../../../../pki/encoding/key-algorithm.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { subjectOf } from '../../../../pki/path/checks.js';
import { weaknessOf } from '../../../../pki/weak-key.js';
import type { Case } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { ifOurs, report } from '../../report.js';

/** In steps: to look into a large RSA key takes some milliseconds. */
export function* weakKeys(c: Case): Generator<void, Diagnosis[]> {
  const known = new Map<string, string | undefined>();
  const found: Diagnosis[] = [];
  for (const { sent, path, where } of c.shown) {
    for (const [i, certificate] of sent.slice(0, MOST_LOOKED_INTO).entries()) {
      const { fingerprint, keyAlgorithm } = certificate;
      if (i > 0 && isRoot(certificate)) continue;
      if (!known.has(fingerprint)) {
        known.set(fingerprint, weaknessIn(certificate));
        yield;
      }
      const weakness = known.get(fingerprint);
      if (weakness === undefined) continue;
      const evidence = { subject: subjectOf(certificate), key: keyAlgorithm, weakness, fingerprint: sent[0]!.fingerprint };
      const ofLeaf = i === 0;
      const repair = ofLeaf ? ifOurs(c, 'REISSUE') : undefined;
      found.push(
        report(c, 'WEAK_KEY', { severity: path.ok ? 'WEAK' : 'BROKEN', whoActs: ofLeaf ? 'ADMIN' : 'CA', where, evidence, repair }),
      );
    }
  }
  return found;
}

/** Of a chain: whoever sends more sends what no path needs. */
const MOST_LOOKED_INTO = 16;

const isRoot = ({ subjectDer, issuerDer }: Certificate): boolean => Buffer.compare(subjectDer, issuerDer) === 0;

function weaknessIn({ keyAlgorithm, publicKey }: Certificate): string | undefined {
  const bits = Number(/^RSA(?:_PSS)?_(\d+)$/.exec(keyAlgorithm)?.[1] ?? NaN);
  if (bits < 2048) return `an RSA key of ${bits} bits`;
  if (keyAlgorithm.startsWith('DSA')) return 'a DSA key';
  const curve = /^ECDSA_\D*(\d{3})/.exec(keyAlgorithm)?.[1];
  if (curve !== undefined && Number(curve) < 224) return `an elliptic curve of ${curve} bits`;
  if (keyAlgorithm === 'ECDSA_EXPLICIT') return 'a curve that is spelled out instead of named';
  return (KEY_ALGORITHMS as readonly string[]).includes(keyAlgorithm) ? weaknessOf(publicKey) : undefined;
}
