import { Inject, Injectable } from '@nestjs/common';
import {
  LEAST_CONNECTIONS,
  MOST_CONNECTIONS,
  SITE_CHECKER,
  type CheckOptions,
  type CheckRequest,
  type SiteChecker,
} from '../../adapters/network/site-checker.js';
import type { SiteCheck } from '../../cores/tls/check/site-check.js';
import { ok } from '../../values/result.js';
import { isLocalhost, type CertificateName } from '../../values/hostname.js';
import type { IpAddress } from '../../values/ip-address.js';
import { askedFor } from '../bindings/binding.js';
import { isWeb, mayUse } from '../servers/address.js';
import type { Site } from '../sites/site.js';
import { SiteServers } from '../sites/site-servers.service.js';

type Place = { readonly ip: IpAddress; readonly httpPort: number; readonly httpsPort: number };
/** Where visitors are led to who have no port of ours to follow. */
const WEB = { httpPort: 80, httpsPort: 443 };

/** Looks at a name where DNS leads visitors, and at each address of its servers where it does not. */
@Injectable()
export class PlacesChecker {
  constructor(
    private readonly servers: SiteServers,
    @Inject(SITE_CHECKER) private readonly checker: SiteChecker,
  ) {}

  /**
   * One check of all places, on one budget; two where the name leads nowhere: what its server shows is worth knowing all the same. DNS says
   * nothing of a name that never leaves the machine: it is looked at where its server listens. Of a wildcard a name that it stands for is.
   */
  async check(site: Site, bound: CertificateName, options: CheckOptions): Promise<readonly [SiteCheck, ...SiteCheck[]]> {
    const name = askedFor(bound);
    const places = ((await this.servers.addressesOf([site])).get(site.id) ?? [])
      .filter(isWeb)
      .filter((address) => mayUse(address, site.accountId));
    const { httpPort, httpsPort } = places[0] ?? WEB;
    const request = { name, port: httpsPort, plainPort: httpPort, pace: 'POLITE', ours: new Set(places.map(({ ip }) => ip)) } as const;
    let left = MOST_CONNECTIONS;
    const look = async (more: Partial<CheckRequest>, toCome: number): Promise<SiteCheck> => {
      const check = await this.checker.check({ ...request, ...more }, { ...options, budget: left - toCome * LEAST_CONNECTIONS });
      left -= check.connections.used;
      return check;
    };
    const byName = isLocalhost(name) && places.length > 0 ? undefined : await look({}, Math.min(places.length, KEPT_FOR));
    const beside = byName ? placesBeside(byName, places) : places;
    const most = Math.min(MOST_BESIDE, Math.floor(left / LEAST_CONNECTIONS));
    const [looked, leftOut] = [beside.slice(0, most), beside.slice(most).map(({ ip }) => ip)];
    const ofServer: SiteCheck[] = [];
    for (const [i, { ip: address, httpPort: plainPort, httpsPort: port }] of looked.entries())
      ofServer.push(await look({ address, port, plainPort }, looked.length - 1 - i));
    const [first, ...rest] = ofServer;
    const whole = (one: SiteCheck, others: readonly SiteCheck[]): SiteCheck => withLeftOut(others.reduce(together, one), leftOut);
    if (!byName) return [whole(first!, rest)];
    return byName.addresses.ok || !first ? [whole(byName, ofServer)] : [whole(first, rest), byName];
  }
}

/** Of the servers' addresses: as many as of a name's. */
const MOST_BESIDE = 8;
/** For so many of them something is left, whatever those take that the name leads to. */
const KEPT_FOR = 4;

/** Those that the name does not lead to. */
const placesBeside = ({ addresses }: SiteCheck, places: readonly Place[]): readonly Place[] => {
  const seen = addresses.ok ? addresses.value.map(({ address, port }) => `${address} ${port}`) : [];
  return places.filter(({ ip, httpsPort }) => !seen.includes(`${ip} ${httpsPort}`));
};

/** Of the same name. A part that came to nothing leaves the other one as it is. */
function together(one: SiteCheck, other: SiteCheck): SiteCheck {
  const addresses = one.addresses.ok && other.addresses.ok ? ok([...one.addresses.value, ...other.addresses.value]) : one.addresses;
  const used = one.connections.used + other.connections.used;
  return { ...one, addresses, tookMs: one.tookMs + other.tookMs, connections: { used, budget: MOST_CONNECTIONS } };
}

function withLeftOut(check: SiteCheck, more: readonly IpAddress[]): SiteCheck {
  const seen = new Set(check.addresses.ok ? check.addresses.value.map(({ address }) => address) : []);
  return { ...check, leftOut: [...check.leftOut, ...more].filter((address) => !seen.has(address)) };
}
