/** The rules of `hostseal secure`, readable alone: whether an order is needed, and when a followed one has come to its end. */
import { covers, type CertificateName, type Hostname } from '../../values/hostname.js';
import type { Instant } from '../../values/instant.js';
import type { ToldProblem } from '../told-problem.js';
import type { CertificateView, OrderView, SiteView } from './site-view.js';

export type Next =
  | { readonly do: 'rest' }
  | { readonly do: 'follow'; readonly order: OrderView }
  /** Its certificate is good, and is not proven to be served. */
  | { readonly do: 'prove'; readonly order: OrderView }
  /** `renews`: the certificate whose place the new one takes; absent where none has all names of the site. */
  | { readonly do: 'order'; readonly renews?: string };

/** The closed list of the states in which nothing is worked on (docs of `OrderState`). */
const SETTLED: readonly string[] = ['ISSUED', 'FAILED', 'REJECTED', 'CANCELLED', 'REVOKED', 'EXPIRED'];

export function nextFor(site: SiteView, { renew, now }: { readonly renew: boolean; readonly now: Instant }): Next {
  const { latestOrder, bindings, security } = site;
  if (latestOrder && !SETTLED.includes(latestOrder.state)) return { do: 'follow', order: latestOrder };
  const renews = bindings
    .map(({ certificate }) => certificate)
    .find((certificate) => certificate && coversAll(certificate, site.names))?.id;
  const order: Next = { do: 'order', ...(renews !== undefined && { renews }) };
  if (renew) return order;
  if (security.state === 'SECURE' && bindings.every(({ certificate }) => isGood(certificate, now)) && isWhole(site)) return { do: 'rest' };
  const issued = latestOrder?.certificate;
  if (latestOrder?.state === 'ISSUED' && issued && isValid(issued, now) && coversAll(issued, site.names))
    return { do: 'prove', order: latestOrder };
  return order;
}

const isGood = (certificate: CertificateView | null, now: Instant): boolean =>
  certificate !== null && isValid(certificate, now) && now < Date.parse(certificate.renewal.renewAt);

/** One that was just issued is proven first, also where its CA asks for another one already. */
const isValid = ({ revokedAt, notAfter }: CertificateView, now: Instant): boolean => revokedAt === null && now < Date.parse(notAfter);

/** Has every name of the site a certificate somewhere? A name that is bound nowhere is not among the findings. */
const isWhole = ({ names, bindings }: SiteView): boolean => names.every((name) => bindings.some((binding) => binding.name === name));

const coversAll = ({ names }: CertificateView, hosts: readonly string[]): boolean =>
  hosts.every((host) => names.some((name) => covers(name as CertificateName, host as Hostname)));

export type Verdict =
  | { readonly outcome: 'SECURE' }
  | { readonly outcome: 'FAILED'; readonly problem?: ToldProblem }
  /** `retryAt`: the platform tries again by itself; what was served before stays. */
  | { readonly outcome: 'NOT_INSTALLED'; readonly problem?: ToldProblem; readonly retryAt: string }
  | { readonly outcome: 'UNDER_WAY' };

/** What has become of an order, from its placing to the proof at every address. */
export function verdictOn(order: OrderView, site: SiteView): Verdict {
  const { certificate } = order;
  if (!SETTLED.includes(order.state)) return { outcome: 'UNDER_WAY' };
  if (order.state !== 'ISSUED' || !certificate) return { outcome: 'FAILED', ...(order.problem && { problem: order.problem }) };
  const refused = site.bindings.find(({ retryAt }) => retryAt !== null);
  if (refused) {
    const { retryAt, problem } = refused;
    return { outcome: 'NOT_INSTALLED', retryAt: retryAt!, ...(problem && { problem }) };
  }
  const served = site.security.state === 'SECURE' && isWhole(site) && site.bindings.every((binding) => shows(binding, certificate));
  return { outcome: served ? 'SECURE' : 'UNDER_WAY' };
}

/** The newest handshake has shown what is bound, and that is this certificate or a newer one. */
const shows = ({ certificate: bound, observation }: SiteView['bindings'][number], wanted: CertificateView): boolean =>
  bound !== null && bound.createdAt >= wanted.createdAt && observation?.proven === true && observation.fingerprint === bound.fingerprint;
