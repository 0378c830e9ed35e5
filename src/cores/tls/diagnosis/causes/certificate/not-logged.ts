/**
 * Browsers refuse a certificate of a public CA for which too few logs of Certificate Transparency vouch (RFC 6962, Chrome and Apple CT policies). The
 * timestamps come in the certificate, in the handshake or in the staple; their signatures are not verified here, and which logs a browser knows
 * is not asked.
 */
import { days } from '../../../../../values/instant.js';
import { logsIn } from '../../../timestamps/shown-timestamps.js';
import type { Case, Rule, ShownChain } from '../../case.js';
import { ifOurs, report } from '../../report.js';

export const notLogged: Rule = (c) =>
  c.shown.flatMap((chain) => {
    if (!ofPublicCa(c, chain)) return [];
    const logs = logsIn(chain.timestamps, c.now).size;
    const needed = neededFor(chain);
    if (logs >= needed) return [];
    const { leaf, where } = chain;
    const proof = logs === 0 ? 'no proof that it is in a public log' : `the promise of ${logs} public log${logs === 1 ? '' : 's'}`;
    const evidence = { issuer: leaf.issuer, proof, logs, needed, fingerprint: leaf.fingerprint };
    return report(c, 'NOT_LOGGED', { severity: 'BROKEN', whoActs: 'CA', where, evidence, repair: ifOurs(c, 'REISSUE') });
  });

const ofPublicCa = ({ publicRoots }: Case, { completed }: ShownChain): boolean =>
  completed.ok && (publicRoots?.has(completed.value.chain.at(-1)!.fingerprint) ?? false);

/** Of different logs: two up to 180 days, three above, where they are embedded; two that come otherwise (Chrome CT policy, Apple's since 2021). */
const neededFor = ({ leaf, timestamps }: ShownChain): number => {
  const isLong = leaf.notAfter + 1_000 - leaf.notBefore > days(180);
  return isLong && timestamps.every(({ source }) => source === 'CERTIFICATE') ? 3 : 2;
};
