import { Inject, Injectable } from '@nestjs/common';
import { SITE_CHECKER, type CheckOptions, type SiteChecker } from '../../adapters/network/site-checker.js';
import type { SiteCheck } from '../../cores/tls/check/site-check.js';
import { ok } from '../../values/result.js';
import type { Hostname } from '../../values/hostname.js';
import type { IpAddress } from '../../values/ip-address.js';
import { Servers } from '../servers/servers.service.js';
import type { Site } from '../sites/site.js';

type Place = { readonly ip: IpAddress; readonly httpPort: number; readonly httpsPort: number };
/** Where visitors are led to who have no port of ours to follow. */
const WEB = { httpPort: 80, httpsPort: 443 };

/** Looks at a name where DNS leads visitors, and at each address of its server where it does not. */
@Injectable()
export class PlacesChecker {
  constructor(
    private readonly servers: Servers,
    @Inject(SITE_CHECKER) private readonly checker: SiteChecker,
  ) {}

  /** One check of all places; two where the name leads nowhere: what its server shows is worth knowing all the same. */
  async check({ serverId }: Site, name: Hostname, options: CheckOptions): Promise<readonly [SiteCheck, ...SiteCheck[]]> {
    const places = (await this.servers.addressesOf([serverId])).get(serverId) ?? [];
    const { httpPort, httpsPort } = places[0] ?? WEB;
    const request = { name, port: httpsPort, plainPort: httpPort, pace: 'POLITE', ours: new Set(places.map(({ ip }) => ip)) } as const;
    const byName = await this.checker.check(request, options);
    const ofServer: SiteCheck[] = [];
    for (const { ip: address, httpPort: plainPort, httpsPort: port } of placesBeside(byName, places))
      ofServer.push(await this.checker.check({ ...request, address, port, plainPort }, options));
    const [first, ...rest] = ofServer;
    if (byName.addresses.ok || !first) return [ofServer.reduce(together, byName)];
    return [rest.reduce(together, first), byName];
  }
}

/** Those that the name does not lead to. */
const placesBeside = ({ addresses }: SiteCheck, places: readonly Place[]): readonly Place[] => {
  const seen = addresses.ok ? addresses.value.map(({ address, port }) => `${address} ${port}`) : [];
  return places.filter(({ ip, httpsPort }) => !seen.includes(`${ip} ${httpsPort}`));
};

/** Of the same name. A part that came to nothing leaves the other one as it is. */
function together(one: SiteCheck, other: SiteCheck): SiteCheck {
  const addresses = one.addresses.ok && other.addresses.ok ? ok([...one.addresses.value, ...other.addresses.value]) : one.addresses;
  return {
    ...one,
    addresses,
    leftOut: one.leftOut.filter((left) => !addresses.ok || !addresses.value.some(({ address }) => address === left)),
    tookMs: one.tookMs + other.tookMs,
    connections: {
      used: one.connections.used + other.connections.used,
      budget: one.connections.budget + other.connections.budget,
    },
  };
}
