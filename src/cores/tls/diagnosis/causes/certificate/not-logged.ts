/**
 * Browsers refuse a certificate of a public CA that no log of Certificate Transparency knows (RFC 6962, Chrome and Apple CT policies). The
 * timestamps come in the certificate, in the handshake or in the staple; whether they hold is not asked here.
 */
import type { Case, Rule, ShownChain } from '../../case.js';
import { ifOurs, report } from '../../report.js';

export const notLogged: Rule = (c) =>
  c.shown.flatMap((chain) => {
    if (!ofPublicCa(c, chain) || hasTimestamps(chain)) return [];
    const { leaf, where } = chain;
    const evidence = { issuer: leaf.issuer, fingerprint: leaf.fingerprint };
    return report(c, 'NOT_LOGGED', { severity: 'BROKEN', whoActs: 'CA', where, evidence, repair: ifOurs(c, 'REISSUE') });
  });

const ofPublicCa = ({ publicRoots }: Case, { completed }: ShownChain): boolean =>
  completed.ok && (publicRoots?.has(completed.value.chain.at(-1)!.fingerprint) ?? false);

/** The OID of RFC 6962 3.3, as it stands in DER: in the certificate, and (1.3.6.1.4.1.11129.2.4.5) in an OCSP response. */
const IN_CERTIFICATE = Buffer.from('060a2b06010401d679020402', 'hex');
const IN_OCSP = Buffer.from('060a2b06010401d679020405', 'hex');

const hasTimestamps = ({ leaf, timestamps, staples }: ShownChain): boolean =>
  timestamps.length > 0 || Buffer.from(leaf.der).includes(IN_CERTIFICATE) || staples.some(({ der }) => Buffer.from(der).includes(IN_OCSP));
