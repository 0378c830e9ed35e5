import { Inject, Injectable } from '@nestjs/common';
import { ISSUER_FETCHER, type IssuerFetcher } from '../../adapters/network/issuer-fetcher.js';
import { completeChain, lastLink } from '../../cores/pki/path/complete-chain.js';
import { readableCertificates } from '../../cores/pki/readable-certificates.js';
import { covers, type CertificateName } from '../../values/hostname.js';
import type { Instant } from '../../values/instant.js';
import { isGivenUp, type StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations } from '../observations/observations.service.js';
import { Orders } from '../orders/orders.service.js';

/** DER, leaf first. */
type Chain = readonly Uint8Array[];

/** With which certificate a name should be served, and with which chain. */
@Injectable()
export class CertificateChoice {
  constructor(
    private readonly orders: Orders,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    @Inject(ISSUER_FETCHER) private readonly issuers: IssuerFetcher,
  ) {}

  /** The newest of those that were issued for the site, and hold. */
  async right(siteId: string, name: CertificateName, now: Instant): Promise<StoredCertificate | undefined> {
    const ids = await this.orders.issuedFor(siteId);
    const certificates = await this.certificates.byIds(ids);
    const holds = (certificate: StoredCertificate | undefined) =>
      certificate !== undefined &&
      !isGivenUp(certificate) &&
      certificate.notBefore <= now &&
      now < certificate.notAfter &&
      certificate.names.some((covering) => covers(covering, name));
    return ids.map((id) => certificates.get(id)).find(holds);
  }

  /** Of those that are kept without an intermediate, or in another order, the whole one; those that cannot be made whole are not among them. */
  async wholeChains(bound: readonly StoredCertificate[], now: Instant): Promise<readonly { readonly id: string; readonly chain: Chain }[]> {
    const roots = await this.observations.rootsOf(bound);
    const siblings = await this.certificates.issuersOf(bound.map(({ issuer }) => issuer));
    const whole = await Promise.all(
      bound.map(async ({ id, chain }, index) => {
        const anchors = roots[index]!;
        const found = anchors.ok ? await this.whole(chain, siblings, anchors.value, now) : undefined;
        return found ? [{ id, chain: found }] : [];
      }),
    );
    return whole.flat();
  }

  /** From the chains that are kept; where none has what is missing, from where the certificates themselves say (RFC 5280 4.2.2.1). */
  private async whole(chain: Chain, siblings: Chain, anchors: Chain, now: Instant): Promise<Chain | undefined> {
    const kept = completeChain(chain, siblings, anchors, now);
    const sent = readableCertificates(chain);
    if (kept.ok || sent.length === 0) return kept.ok ? kept.value : undefined;
    const above = await this.issuers.issuersOf(lastLink(sent));
    const fetched = above.ok ? completeChain(chain, [...siblings, ...above.value.map(({ der }) => der)], anchors, now) : above;
    return fetched.ok ? fetched.value : undefined;
  }
}
