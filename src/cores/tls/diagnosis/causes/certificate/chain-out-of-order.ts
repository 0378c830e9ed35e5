/** Each certificate has to certify the one before it (RFC 5246 7.4.2); RFC 8446 4.4.2 has clients bear it, and old ones do not. */
import type { Certificate } from '../../../../pki/certificate.js';
import { subjectOf } from '../../../../pki/path/checks.js';
import type { Rule } from '../../case.js';
import { ifOurs, report } from '../../report.js';

export const chainOutOfOrder: Rule = (c) =>
  c.shown.flatMap(({ sent, where }) => {
    if (inOrder(sent)) return [];
    const evidence = { order: sent.slice(0, 6).map(subjectOf).join(' → '), fingerprint: sent[0]!.fingerprint };
    return report(c, 'CHAIN_OUT_OF_ORDER', { severity: 'WEAK', whoActs: 'ADMIN', where, evidence, repair: ifOurs(c, 'ORDER_CHAIN') });
  });

/** Followed by name from the leaf, the links stand one behind the other. What comes after the last of them does no harm. */
function inOrder(sent: readonly Certificate[]): boolean {
  for (let at = 0; at < sent.length; at++) {
    const { subjectDer, issuerDer } = sent[at]!;
    if (same(subjectDer, issuerDer)) return true;
    const next = sent.findIndex((other, i) => i !== at && same(other.subjectDer, issuerDer));
    if (next === -1) return true;
    if (next !== at + 1) return false;
  }
  return true;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
