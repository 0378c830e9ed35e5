import { Inject, Injectable } from '@nestjs/common';
import type { Health } from '../../cores/tls/health.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations } from '../observations/observations.service.js';
import { tlsPlaces } from '../servers/address.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { Sites } from '../sites/sites.service.js';
import { siteSecurity, type Known } from './site-security.js';

/** Are sites served securely right now? */
@Injectable()
export class Security {
  constructor(
    private readonly sites: Sites,
    private readonly servers: SiteServers,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** For field resolvers: the sites were already shown to the caller. */
  async ofSites(siteIds: readonly string[]): Promise<ReadonlyMap<string, Health>> {
    const sites = [...(await this.sites.byIds(siteIds)).values()];
    const addresses = await this.servers.addressesOf(sites);
    const bySite = await this.bindings.ofSites(siteIds);
    const all = [...bySite.values()].flat();
    const newest = await this.observations.newest(all.map((binding) => binding.id));
    const certificates = await this.certificates.byIds(all.map((binding) => binding.certificateId));
    const issuerOf = (certificateId: string) => certificates.get(certificateId)!.issuerId;
    const looked = all.map(({ id, certificateId }) => ({ issuerId: issuerOf(certificateId), fingerprint: newest.get(id)?.fingerprint }));
    const anchors = await this.observations.rootsOf(looked);
    const rootsOf = new Map(all.map(({ id }, index) => [id, anchors[index]!]));
    const shown = [...newest.values()].flatMap(({ fingerprint }) => fingerprint ?? []);
    const facts = { now: this.clock.now(), revoked: await this.certificates.revokedAmong([...new Set(shown)]) };
    return new Map(
      sites.map(({ id, accountId, names }) => {
        const known = (bySite.get(id) ?? []).map(({ id: bindingId, ip, port, name }): Known => {
          const roots = rootsOf.get(bindingId);
          const observation = newest.get(bindingId)?.observation;
          return { ip, port, name, ...(roots?.ok && { roots: roots.value }), ...(observation && { newest: observation }) };
        });
        const places = tlsPlaces(addresses.get(id) ?? [], accountId);
        return [id, siteSecurity(names, places, known, facts)];
      }),
    );
  }
}
