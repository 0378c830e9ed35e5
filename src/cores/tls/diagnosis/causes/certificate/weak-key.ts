/** A key that can be computed from what everybody sees (CA/B BR 6.1.5, 6.1.1.3). Roots are trusted for what they are. WEAK where clients take it all the same. */
import { KEY_ALGORITHMS } from '../../../../pki/encoding/key-algorithm.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { subjectOf } from '../../../../pki/path/checks.js';
import { weaknessOf } from '../../../../pki/weak-key.js';
import type { Rule } from '../../case.js';
import { ifOurs, report } from '../../report.js';

export const weakKey: Rule = (c) =>
  c.shown.flatMap(({ sent, path, where }) =>
    sent.flatMap((certificate, i) => {
      const weakness = i > 0 && isRoot(certificate) ? undefined : weaknessIn(certificate);
      if (weakness === undefined) return [];
      const evidence = { subject: subjectOf(certificate), key: certificate.keyAlgorithm, weakness, fingerprint: sent[0]!.fingerprint };
      const ofLeaf = i === 0;
      const repair = ofLeaf ? ifOurs(c, 'REISSUE') : undefined;
      return report(c, 'WEAK_KEY', { severity: path.ok ? 'WEAK' : 'BROKEN', whoActs: ofLeaf ? 'ADMIN' : 'CA', where, evidence, repair });
    }),
  );

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
