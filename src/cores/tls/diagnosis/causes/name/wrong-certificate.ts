/**
 * A certificate for the name, and not the one that is bound: the server was not reloaded, somebody put another one there (and who has its key
 * nobody knows), or a CDN stands in front of it. A server that has the right one on its disk only has to read it again.
 */
import type { Case, Rule, ShownChain } from '../../case.js';
import { coversName, report } from '../../report.js';
import { cdnOf } from '../connection/cdn.js';

export const wrongCertificate: Rule = (c) =>
  c.shown.flatMap((chain) => {
    const expected = c.ours?.expected;
    const shown = chain.leaf.fingerprint;
    if (expected === undefined || shown === expected || !coversName(c, chain.leaf)) return [];
    if (c.ours?.otherTenants.has(shown) || shown === c.ours?.defaultCertificate) return [];
    const where = chain.where.filter((place) => !showsToo(c, place, expected));
    if (where.length === 0) return [];
    const cdn = where.map((place) => cdnOf(c, place)).find((found) => found !== undefined);
    const evidence = { shown, expected, issuer: chain.leaf.issuer, ...(cdn !== undefined && { cdn }) };
    if (cdn !== undefined) return report(c, 'WRONG_CERTIFICATE', { severity: 'NOTE', whoActs: 'CDN', where, evidence });
    const repair = c.ours?.installed?.includes(expected) ? 'RELOAD' : 'REINSTALL';
    return report(c, 'WRONG_CERTIFICATE', {
      severity: c.ours?.installed?.includes(shown) ? 'WEAK' : 'BROKEN',
      whoActs: 'ADMIN',
      where,
      evidence,
      repair,
    });
  });

/** A server may have one for ECDSA and one for RSA: then the one that is bound is among them. */
const showsToo = (c: Case, place: ShownChain['where'][number], fingerprint: string): boolean =>
  c.shown.some(
    ({ leaf, where }) =>
      leaf.fingerprint === fingerprint && where.some(({ address, port }) => address === place.address && port === place.port),
  );
