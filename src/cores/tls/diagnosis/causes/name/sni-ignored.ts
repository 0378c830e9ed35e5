/** The server has the site's certificate and shows its default one all the same, as to every other name (RFC 6066 3). Only the panel can know. */
import type { Rule } from '../../case.js';
import { coversName, listed, report } from '../../report.js';
import { shownToEveryName } from './shown-to-every-name.js';

export const sniIgnored: Rule = (c) =>
  c.shown.flatMap((chain) => {
    const { leaf, where } = chain;
    const expected = c.ours?.expected;
    if (expected === undefined || expected === leaf.fingerprint || c.ours?.otherTenants.has(leaf.fingerprint)) return [];
    const isDefault = leaf.fingerprint === c.ours?.defaultCertificate || (!coversName(c, leaf) && shownToEveryName(c, chain));
    if (!isDefault) return [];
    const evidence = { covered: listed(leaf.names) || 'no host name', shown: leaf.fingerprint, expected };
    return report(c, 'SNI_IGNORED', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair: 'REBIND' });
  });
