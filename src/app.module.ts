/** The only file that knows every room and every member of the adapter families: it chooses and wires them. */
import { Global, Module, type DynamicModule, type Type } from '@nestjs/common';
import { GraphQLModule, type BuildSchemaOptions } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { HOSTS } from './adapters/hosts/hosts.js';
import { SshHosts } from './adapters/hosts/ssh/ssh-hosts.js';
import { INSTALLERS, type Installers } from './adapters/installers/installer.js';
import { InstallerRegistry } from './adapters/installers/installers.registry.js';
import { CPANEL } from './adapters/installers/cpanel/cpanel-place.js';
import { cpanelMaker } from './adapters/installers/cpanel/manifest.js';
import type { CpanelHere, ServerHere } from './adapters/installers/members.js';
import { ISSUERS, type Issuer } from './adapters/issuers/issuer.js';
import { LocalCa } from './adapters/issuers/local-ca/local-ca.js';
import { makeAddressGuard } from './adapters/network/dialing/address-guard.js';
import { ASK_AROUND, chainBackground, type AskAround } from './adapters/network/chain-background.js';
import { makeDialer, type Dialer } from './adapters/network/dialing/dialer.js';
import { FILE_LOOKER, makeFileLooker } from './adapters/network/file-looker.js';
import { makeHttpClient } from './adapters/network/http/https.js';
import { ISSUER_FETCHER, makeIssuerFetcher } from './adapters/network/issuer-fetcher.js';
import { HostLimits } from './adapters/network/probe/host-limits.js';
import { makeProber } from './adapters/network/probe/prober.js';
import { makeSiteChecker } from './adapters/network/probe/check/site-checker.js';
import { PROBER } from './adapters/network/prober.js';
import { makeResolver } from './adapters/network/dialing/resolver.js';
import { RESOLVER } from './adapters/network/resolver.js';
import { makeRevocationLists } from './adapters/network/revocation-lists.js';
import { SITE_CHECKER } from './adapters/network/site-checker.js';
import { AccountsModule } from './features/accounts/accounts.module.js';
import { BindingsModule } from './features/bindings/bindings.module.js';
import { CatalogModule } from './features/catalog/catalog.module.js';
import { CertificatesModule } from './features/certificates/certificates.module.js';
import { DeploymentsModule } from './features/deployments/deployments.module.js';
import { PANEL_NAMES } from './features/domains/domain.js';
import { DomainsModule } from './features/domains/domains.module.js';
import { FindingsModule } from './features/findings/findings.module.js';
import { FrontsModule } from './features/fronts/fronts.module.js';
import { HealthModule } from './features/health/health.module.js';
import { HostsModule } from './features/hosts/hosts.module.js';
import { InspectionModule } from './features/inspection/inspection.module.js';
import { IssuanceModule } from './features/issuance/issuance.module.js';
import { IssuerAccountsModule } from './features/issuer-accounts/issuer-accounts.module.js';
import { ObservationsModule } from './features/observations/observations.module.js';
import { OrdersModule } from './features/orders/orders.module.js';
import { PlacementsModule } from './features/placements/placements.module.js';
import { MovesModule } from './features/moves/moves.module.js';
import { MendingModule } from './features/mending/mending.module.js';
import { PoolsModule } from './features/pools/pools.module.js';
import { RepairsModule } from './features/repairs/repairs.module.js';
import { ServersModule } from './features/servers/servers.module.js';
import { SiteChecksModule } from './features/site-checks/site-checks.module.js';
import { SitesModule } from './features/sites/sites.module.js';
import { DateTime } from './graphql/date-time.scalar.js';
import { costRule } from './graphql/limits.js';
import type { OpenedDirectory } from './platform/config/acme-files.js';
import type { Config } from './platform/config/config.js';
import { MemberStates } from './platform/member-state/member-state.store.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';
import { PANEL } from './panel.js';
import { PanelCertificate } from './panel-certificate.js';
import { PanelOrders } from './panel-orders.js';
import { PanelProof } from './panel-proof.js';
import { PanelSecurity } from './panel-security.js';
import { PanelServer } from './panel-server.js';
import { PanelSite } from './panel-site.js';
import { endpointText } from './values/ip-address.js';
import { toPem } from './values/pem.js';

/** What the schema is made with, here and in print-schema.ts. */
export const SCHEMA_OPTIONS: BuildSchemaOptions = { scalarsMap: [{ type: Date, scalar: DateTime }] };

export const ROOMS: readonly Type[] = [
  ...[AccountsModule, CatalogModule, IssuerAccountsModule, HostsModule, ServersModule, DomainsModule, SitesModule, PoolsModule],
  ...[CertificatesModule, OrdersModule, IssuanceModule, BindingsModule, ObservationsModule, PlacementsModule, DeploymentsModule],
  ...[FindingsModule, SiteChecksModule, InspectionModule, HealthModule, FrontsModule, MovesModule, RepairsModule, MendingModule],
];

/** What an application is made of. Tests bring their own issuers and installers where a real one cannot misbehave enough. */
export type Parts = Omit<PlatformParts, 'besideEdge'> & {
  readonly config: Config;
  /** Those that the configuration names, with their files. */
  readonly acmeDirectories: readonly OpenedDirectory[];
  readonly edgeControlSocket: string;
  /** Beside the edge: those that keep files on this machine. */
  readonly onDisk: readonly ServerHere[];
  /** `roots`: PEM, trusted for its API beside the public roots. */
  readonly cpanels: readonly (CpanelHere & { readonly roots: readonly string[] })[];
  /** Of the sockets of the helper that drives them for a service which may not do so itself. */
  readonly helperFolder?: string;
  readonly issuers?: (usual: readonly Issuer[]) => readonly Issuer[];
  readonly installers?: (usual: Installers) => Installers;
};

/** Longest that a handshake for a proof may take. A server on the same machine answers in milliseconds, one far away in one second. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Longer than the longest test of a server there takes, so that what it says is heard. */
const HOST_CALL_TIMEOUT_MS = 180_000;

@Global()
@Module({})
class AdaptersModule {
  static with(parts: Parts): DynamicModule {
    const { config, clock, random } = parts;
    const guard = makeAddressGuard(config.allowAddresses);
    const resolver = makeResolver({ servers: config.dnsServers.map(endpointText) });
    const dialer = makeDialer({ guard, resolver });
    const http = makeHttpClient({ dialer, extraRoots: [] });
    const limits = new HostLimits();
    const issuers = makeIssuerFetcher({ http, clock });
    const lists = makeRevocationLists({ http, clock });
    const askAround: AskAround = (seen) => chainBackground(seen, { issuers, lists });
    // The first is the platform's default.
    const issuersOf = async (states: MemberStates): Promise<readonly Issuer[]> => [
      ...(await acmeIssuers(parts, states, dialer)),
      new LocalCa({
        ...{ state: states.of('local-ca'), clock, random, http },
        permittedNames: config.localCaNames,
        ownNames: [config.hostname],
        validationPort: config.httpPort,
      }),
    ];
    const prober = makeProber({ dialer, clock, random, limits, timeoutMs: HANDSHAKE_TIMEOUT_MS });
    const installersOf = (states: MemberStates): Installers => {
      const stateOf = (member: string) => states.of(member);
      const overApi = parts.cpanels.map(({ name, place, roots }) => {
        return [name, { kind: CPANEL, make: cpanelMaker(place, { dialer, prober, clock, roots, stateOf }) }] as const;
      });
      return new InstallerRegistry({ ...parts, edge: { controlSocket: parts.edgeControlSocket }, overApi: new Map(overApi) }, clock);
    };
    const providers = [
      { provide: PROBER, useValue: prober },
      { provide: SITE_CHECKER, useValue: makeSiteChecker({ dialer, resolver, guard, clock, random, limits }) },
      { provide: ISSUER_FETCHER, useValue: issuers },
      { provide: ASK_AROUND, useValue: askAround },
      { provide: RESOLVER, useValue: resolver },
      { provide: FILE_LOOKER, useValue: makeFileLooker({ resolver, http }) },
      {
        provide: ISSUERS,
        inject: [MemberStates],
        useFactory: async (states: MemberStates) => (parts.issuers ?? same)(await issuersOf(states)),
      },
      {
        provide: INSTALLERS,
        inject: [MemberStates],
        useFactory: (states: MemberStates) => (parts.installers ?? same)(installersOf(states)),
      },
      { provide: HOSTS, useValue: new SshHosts({ dialer, clock, callTimeoutMs: HOST_CALL_TIMEOUT_MS }) },
      { provide: PANEL_NAMES, useValue: [config.hostname] },
    ];
    return { module: AdaptersModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}

async function acmeIssuers({ config, acmeDirectories, clock }: Parts, states: MemberStates, dialer: Dialer): Promise<readonly Issuer[]> {
  if (acmeDirectories.length === 0) return [];
  // It takes a quarter of a second to load, which a platform without a directory need not wait for.
  const { AcmeIssuer } = await import('./adapters/issuers/acme/acme.issuer.js');
  const { contact, profile, timeout: timeoutMs } = config.acme;
  return acmeDirectories.map(({ id, title, url, roots, externalAccount }) => {
    const httpsRoots = (roots ?? []).map((der) => toPem('CERTIFICATE', der));
    const directory = { id, title, url, roots, httpsRoots, contact, externalAccount, profile };
    return new AcmeIssuer({ directory, state: states.of(id), clock, dialer, timeoutMs });
  });
}

@Module({})
export class AppModule {
  static with(parts: Parts): DynamicModule {
    const graphql = GraphQLModule.forRoot<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      autoSchemaFile: true,
      sortSchema: true,
      buildSchemaOptions: SCHEMA_OPTIONS,
      routes: false, // graphql/endpoint.ts has the only one
      cache: false, // the rule below looks at variables
      validationRules: ({ variables }) => [costRule(variables)],
      // As they were thrown: mercurius' own formatter makes plain objects of them, in which graphql/endpoint.ts knows no problem.
      errorFormatter: ({ data, errors }) => ({ statusCode: 200, response: { data, errors } }),
    });
    const besideEdge = parts.config.role === 'all';
    return {
      module: AppModule,
      imports: [PlatformModule.with({ ...parts, besideEdge }), AdaptersModule.with(parts), graphql, ...ROOMS],
      // Only a process with an edge beside it can secure the panel on it.
      providers:
        parts.config.role === 'all'
          ? [{ provide: PANEL, useValue: parts.config }, PanelServer, PanelSite, PanelOrders, PanelCertificate, PanelSecurity, PanelProof]
          : [],
    };
  }
}

const same = <T>(usual: T): T => usual;
