/** The sites as `hostseal status` shows them: what is asked of the API, and what it means. */
import { PROBLEM_FIELDS, type ToldProblem } from '../told-problem.js';
import type { CertificateView, FindingView, SecurityState } from '../secure/site-view.js';

export type AskedSite = {
  readonly id: string;
  readonly names: readonly string[];
  readonly displayNames: readonly string[];
  readonly security: { readonly state: SecurityState; readonly findings: readonly Omit<FindingView, 'address' | 'port'>[] };
  readonly bindings: readonly { readonly problem: ToldProblem | null; readonly certificate: Pick<CertificateView, 'notAfter'> | null }[];
  readonly latestOrder: { readonly id: string; readonly state: string; readonly problem: ToldProblem | null } | null;
};

const SITE = `id names displayNames security { state findings { name state reason observedAt problem { ${PROBLEM_FIELDS} } } }
  bindings { problem { ${PROBLEM_FIELDS} } certificate { notAfter } } latestOrder { id state problem { ${PROBLEM_FIELDS} } }`;
/** Answers `{ site: AskedSite | null }`. */
export const SITE_STATUS = `query SiteStatus($name: String!) { site: siteByName(name: $name) { ${SITE} } }`;
/** With the cost of a site as above, the largest page that the API answers is a little more. */
const PAGE = 50;
export const SITES_STATUS = `query SitesStatus($after: String) {
  sites(first: ${PAGE}, after: $after) { nodes { ${SITE} } pageInfo { hasNextPage endCursor } } }`;
export type AskedSites = {
  readonly sites: {
    readonly nodes: readonly AskedSite[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

/** A row of the table, and an entry of the document of `--json`. Times are RFC 3339. */
export type SiteStatus = {
  readonly id: string;
  readonly names: readonly string[];
  readonly displayNames: readonly string[];
  readonly state: SecurityState;
  /** The first end of its certificates. */
  readonly expiresAt: string | null;
  /** Since when nothing newer is known: the oldest of the handshakes that prove it. Null where one of them is missing. */
  readonly provenAt: string | null;
  readonly order: { readonly id: string; readonly state: string } | null;
  readonly problem: ToldProblem | null;
};

export function statusOf({ id, names, displayNames, security, bindings, latestOrder }: AskedSite): SiteStatus {
  const { state, findings } = security;
  const proofs = findings.map((finding) => (finding.state === 'SECURE' ? finding.observedAt : null));
  return {
    ...{ id, names, displayNames, state },
    expiresAt: earliest(bindings.map(({ certificate }) => certificate?.notAfter)),
    provenAt: proofs.includes(null) ? null : earliest(proofs),
    order: latestOrder && { id: latestOrder.id, state: latestOrder.state },
    // Why it was not installed explains what a handshake shows; a renewal that fails while the site is secure is told as well.
    problem: [...bindings, ...findings].find(({ problem }) => problem !== null)?.problem ?? latestOrder?.problem ?? null,
  };
}

const earliest = (times: readonly (string | null | undefined)[]): string | null =>
  times.filter((time) => typeof time === 'string').sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
