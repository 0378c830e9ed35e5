/** The server shows its default certificate, as to every other name (RFC 6066 3): nothing is configured for this one. Only the panel knows which is which. */
import type { Rule } from '../../case.js';
import { coversName, listed, report } from '../../report.js';
import { shownToEveryName } from './shown-to-every-name.js';

export const sniIgnored: Rule = (c) =>
  c.shown.flatMap((chain) => {
    const { leaf, where } = chain;
    const { expected, defaultCertificate, otherTenants } = c.ours ?? {};
    if (coversName(c, leaf) || leaf.fingerprint === expected || otherTenants?.has(leaf.fingerprint)) return [];
    const isDefault = leaf.fingerprint === defaultCertificate || (expected !== undefined && shownToEveryName(c, chain));
    if (!isDefault) return [];
    const evidence = { covered: listed(leaf.names) || 'no host name', shown: leaf.fingerprint };
    const repair = expected === undefined ? 'REISSUE' : 'REBIND';
    return report(c, 'SNI_IGNORED', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair });
  });
