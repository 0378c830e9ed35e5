/**
 * A link between the certificate and its root was not sent (RFC 8446 4.4.2). Some browsers fetch it, most other clients do not. Certain
 * where the chain holds with issuers from elsewhere; otherwise all that is seen is that the first link is missing.
 */
import type { Problem } from '../../../../../values/problems/problem.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { subjectOf } from '../../../../pki/path/checks.js';
import type { Case, Rule, ShownChain } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { ifOurs, report } from '../../report.js';
import { isSelfSigned } from './self-signed.js';

export const chainIncomplete: Rule = (c) =>
  c.shown.flatMap((chain) => {
    const missing = missingFrom(chain);
    if (missing === undefined) return [];
    const { leaf, where, sent } = chain;
    const evidence: Diagnosis['evidence'] = { ...missing, sent: sent.length, fingerprint: leaf.fingerprint, ...urlOf(sent) };
    return report(c, 'CHAIN_INCOMPLETE', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair: ifOurs(c, 'COMPLETE_CHAIN') });
  });

function missingFrom({ leaf, path, completed, sent }: ShownChain): { missing: string; known: 'yes' | 'no' } | undefined {
  if (path.ok || !CUT_SHORT.includes(path.problem.code)) return undefined;
  if (completed.ok) {
    const added = completed.value.chain.slice(1, -1).filter(({ fingerprint }) => !sent.some((one) => one.fingerprint === fingerprint));
    return added.length === 0 ? undefined : { missing: added.map(subjectOf).join(' and '), known: 'yes' };
  }
  const stillMissing = completed.problem.code === 'CHAIN_MISSING_INTERMEDIATE' && !isSelfSigned(leaf);
  return stillMissing ? { missing: leaf.issuer, known: 'no' } : undefined;
}

/** A wrong signature: an intermediate with the right name and an older key was sent. */
const CUT_SHORT: readonly Problem['code'][] = ['CHAIN_MISSING_INTERMEDIATE', 'CHAIN_UNTRUSTED', 'CHAIN_SIGNATURE_WRONG'];

function urlOf(sent: readonly Certificate[]): { url?: string } {
  const url = sent.at(-1)?.issuerUrls[0];
  return url === undefined ? {} : { url };
}

export const isIncomplete = (chain: Case['shown'][number]): boolean => missingFrom(chain) !== undefined;
