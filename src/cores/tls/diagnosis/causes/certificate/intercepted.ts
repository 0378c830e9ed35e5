/**
 * Somebody between us and the server opens the connection and shows a certificate of their own: a firewall, a virus scanner, an
 * employer's proxy. Told by the name of who signed it, or by the issuer that is seen from another place.
 */
import type { Case, Rule, ShownChain } from '../../case.js';
import { report } from '../../report.js';

export const intercepted: Rule = (c) =>
  c.shown.flatMap((chain) => {
    const evidence = byName(c, chain) ?? byVantage(c, chain);
    if (evidence === undefined) return [];
    return report(c, 'INTERCEPTED', { severity: 'BROKEN', whoActs: 'ADMIN', where: chain.where, evidence });
  });

/** As they write themselves into the certificates that they make up. */
const INTERCEPTORS =
  /fortinet|fortigate|zscaler|netskope|blue ?coat|symantec proxysg|palo alto networks|cisco umbrella|sophos|kaspersky anti-virus|kaspersky web|avast! web|avg web|eset ssl filter|bitdefender personal|mcafee web gateway|forcepoint|websense|barracuda|untangle|netspark|mitmproxy|charles proxy|fiddler|portswigger|burp suite|squid|superfish|checkpoint|watchguard/i;

function byName({ publicRoots }: Case, { sent, path }: ShownChain): { issuer: string; by: 'name' } | undefined {
  const root = path.ok ? path.value.chain.at(-1) : undefined;
  if (root && publicRoots?.has(root.fingerprint)) return undefined;
  const issuer = [...sent.map((certificate) => certificate.issuer), root?.subject ?? ''].find((name) => INTERCEPTORS.test(name));
  return issuer === undefined ? undefined : { issuer, by: 'name' };
}

/** Two places that see two certificates of one issuer see two servers; an issuer that nobody else sees is somebody in between. */
function byVantage(
  { elsewhere = [] }: Case,
  { leaf }: ShownChain,
): { issuer: string; by: 'vantage'; elsewhere: string; place: string } | undefined {
  const [other] = elsewhere;
  if (other === undefined) return undefined;
  const seenToo = elsewhere.some(({ issuer, fingerprint }) => issuer === leaf.issuer || fingerprint === leaf.fingerprint);
  return seenToo ? undefined : { issuer: leaf.issuer, by: 'vantage', elsewhere: other.issuer, place: other.place };
}
