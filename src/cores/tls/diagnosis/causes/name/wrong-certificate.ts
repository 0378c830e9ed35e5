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
    const where = chain.where.filter((place) => !isBeside(c, chain, place, expected));
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

/**
 * A server may have one for ECDSA and one for RSA: then the one that is bound is shown beside it. Two of one kind are shown by two servers
 * behind the place, or by one between two states.
 */
const isBeside = (c: Case, chain: ShownChain, place: ShownChain['where'][number], expected: string): boolean =>
  c.shown.some(
    ({ leaf, where }) =>
      leaf.fingerprint === expected &&
      kindOf(leaf) !== kindOf(chain.leaf) &&
      where.some(({ address, port }) => address === place.address && port === place.port),
  );

/** `RSA`, `ECDSA`. */
const kindOf = ({ keyAlgorithm }: ShownChain['leaf']): string => keyAlgorithm.split('_')[0] ?? '';
