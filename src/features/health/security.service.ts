import { Inject, Injectable } from '@nestjs/common';
import { keyFamilyOf } from '../../cores/pki/encoding/key-algorithm.js';
import type { Observation } from '../../cores/tls/observation.js';
import type { Health } from '../../cores/tls/health.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { certificateIdsOf } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations } from '../observations/observations.service.js';
import { tlsPlaces } from '../servers/address.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { Sites } from '../sites/sites.service.js';
import type { SeenHandshake } from '../observations/seen-handshake.js';
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
    const [single, paired] = [all.filter(({ companionId }) => !companionId), all.filter(({ companionId }) => companionId)];
    const newest = await this.observations.newest(single.map(({ id }) => id));
    const seen = [...newest.values(), ...(await this.observations.newestOfPairs(paired.map(({ id }) => id)))];
    const certificates = await this.certificates.byIds(all.flatMap(certificateIdsOf));
    const looked = all.flatMap((binding) => {
      const ids = certificateIdsOf(binding);
      return ids.map((certificateId) => {
        const { issuerId, keyAlgorithm } = certificates.get(certificateId)!;
        const keyFamily = ids.length > 1 ? keyFamilyOf(keyAlgorithm) : undefined;
        const isOf = (each: SeenHandshake) =>
          each.bindingId === binding.id && (!keyFamily || each.observation.target.keyFamily === keyFamily);
        return { binding, issuerId, keyFamily, newest: seen.find(isOf) };
      });
    });
    const anchors = await this.observations.rootsOf(
      looked.map((each) => ({ issuerId: each.issuerId, fingerprint: each.newest?.fingerprint })),
    );
    const known = looked.map(({ binding: { siteId, ip, port, name }, keyFamily, newest: last }, index): Known & { siteId: string } => {
      const roots = anchors[index]!;
      return {
        ...{ siteId, ip, port, name },
        ...(roots.ok && { roots: roots.value }),
        ...(last && { newest: keyFamily ? last.observation : withoutFamily(last.observation) }),
        ...(keyFamily && { keyFamily }),
      };
    });
    const bySiteKnown = Map.groupBy(known, ({ siteId }) => siteId);
    const shown = seen.flatMap(({ fingerprint }) => fingerprint ?? []);
    const facts = { now: this.clock.now(), revoked: await this.certificates.revokedAmong([...new Set(shown)]) };
    return new Map(
      sites.map(({ id, accountId, names }) => {
        const places = tlsPlaces(addresses.get(id) ?? [], accountId);
        return [id, siteSecurity(names, places, bySiteKnown.get(id) ?? [], facts)];
      }),
    );
  }
}

/** What was one of a pair until lately was seen so, and is still what its binding shows. */
function withoutFamily({ target: { keyFamily: _, ...target }, ...observation }: Observation): Observation {
  return { ...observation, target };
}
