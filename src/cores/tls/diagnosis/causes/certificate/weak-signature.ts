/** MD5 and SHA-1: collisions are made to order, so the signature may have been given to something else (RFC 6151, RFC 6194, RFC 9155). */
import type { Certificate } from '../../../../pki/certificate.js';
import { subjectOf } from '../../../../pki/path/checks.js';
import { isKnownSignatureAlgorithm } from '../../../../pki/encoding/signature-algorithm.js';
import type { Rule } from '../../case.js';
import { ifOurs, report } from '../../report.js';

/** RFC 3279 2.2, RFC 8017 appendix C. */
const BROKEN: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2 with RSA',
  '1.2.840.113549.1.1.4': 'MD5 with RSA',
  '1.2.840.113549.1.1.5': 'SHA-1 with RSA',
  '1.3.14.3.2.29': 'SHA-1 with RSA',
  '1.2.840.10040.4.3': 'SHA-1 with DSA',
  '1.2.840.10045.4.1': 'SHA-1 with ECDSA',
};

export const weakSignature: Rule = (c) =>
  c.shown.flatMap(({ sent, where }) =>
    sent.flatMap((certificate, i) => {
      const algorithm = brokenAlgorithm(certificate);
      // Nobody checks what a root says of itself; a self-signed leaf is a matter of trust.
      if (algorithm === undefined || isSelfIssued(certificate)) return [];
      const ofLeaf = i === 0;
      const evidence = { subject: subjectOf(certificate), algorithm, fingerprint: sent[0]!.fingerprint };
      const repair = ofLeaf ? ifOurs(c, 'REISSUE') : undefined;
      return report(c, 'WEAK_SIGNATURE', { severity: 'BROKEN', whoActs: ofLeaf ? 'ADMIN' : 'CA', where, evidence, repair });
    }),
  );

const brokenAlgorithm = ({ signatureAlgorithm }: Certificate): string | undefined =>
  isKnownSignatureAlgorithm(signatureAlgorithm) ? undefined : BROKEN[signatureAlgorithm];

const isSelfIssued = ({ subjectDer, issuerDer }: Certificate): boolean => Buffer.compare(subjectDer, issuerDer) === 0;
