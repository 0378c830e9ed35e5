import { Inject, Injectable } from '@nestjs/common';
import { readCertificate } from '../../cores/pki/certificate.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Deployments } from '../deployments/deployments.service.js';
import type { SeenHandshake } from '../observations/seen-handshake.js';
import { placeText } from '../observations/seen-handshake.js';
import { Observations } from '../observations/observations.service.js';
import { tlsPlaces } from '../servers/address.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { Sites } from '../sites/sites.service.js';
import { convergenceAt, type Convergence } from './convergence.js';

/** Do all servers of sites show what they shall? */
@Injectable()
export class Convergences {
  constructor(
    private readonly sites: Sites,
    private readonly servers: SiteServers,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    private readonly deployments: Deployments,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** For field resolvers: the sites were already shown to the caller. One for each TLS port of each address of each server, and each name. */
  async ofSites(siteIds: readonly string[]): Promise<ReadonlyMap<string, readonly Convergence[]>> {
    const sites = [...(await this.sites.byIds(siteIds)).values()];
    const addresses = await this.servers.addressesOf(sites);
    const bindings = [...(await this.bindings.ofSites(siteIds)).values()].flat();
    const ids = bindings.map(({ id }) => id);
    const newest = await this.observations.newest(ids);
    const refusals = await this.deployments.refusals(ids);
    const certificates = await this.certificates.byIds(bindings.map(({ certificateId }) => certificateId));
    const serials = new Map([...certificates.values()].map(({ fingerprint, serial }) => [fingerprint, serial]));
    for (const seen of newest.values()) for (const [fingerprint, serial] of serialIn(seen)) serials.set(fingerprint, serial);
    const at = new Map(bindings.map((binding) => [`${binding.siteId} ${placeText({ ...binding, address: binding.ip })}`, binding]));
    const now = this.clock.now();
    return new Map(
      sites.map(({ id, accountId, names }) => [
        id,
        tlsPlaces(addresses.get(id) ?? [], accountId).flatMap((address) =>
          address.ports.flatMap(({ port }) =>
            names.map((name) => {
              const place = { serverId: address.serverId, ip: address.ip, port, name };
              const binding = at.get(`${id} ${placeText({ ...place, address: place.ip })}`);
              const certificate = certificates.get(binding?.certificateId ?? '');
              const [seen, refusal] = [newest.get(binding?.id ?? ''), refusals.get(binding?.id ?? '')];
              const known = { ...(binding && { binding }), ...(certificate && { certificate: versionOf(certificate) }) };
              return convergenceAt(
                place,
                { ...known, ...(seen && { seen }), ...(refusal && { refusal }) },
                (leaf) => serials.get(leaf),
                now,
              );
            }),
          ),
        ),
      ]),
    );
  }
}

const versionOf = ({ serial, fingerprint }: { serial: string; fingerprint: string }) => ({ serial, fingerprint });

/** Of the leaf that was shown, where it can be read. */
function serialIn({ observation, fingerprint }: SeenHandshake): readonly (readonly [string, string])[] {
  const [leaf] = observation.session?.chain ?? [];
  const read = leaf && readCertificate(leaf);
  return read?.ok && fingerprint !== undefined ? [[fingerprint, read.value.serial]] : [];
}
