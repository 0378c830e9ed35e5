/**
 * The panel secures itself by the walk that every site takes: its own name is a domain, a site, an order, a binding, a proven
 * deployment. At the first start that makes all of them; later it changes nothing, and renews the certificate in time.
 * It stands beside app.module.ts since it acts across the rooms as a caller would (docs/decisions/0004-panel-security.md).
 */
import { Inject, Injectable } from '@nestjs/common';
import { ensureAdministrator } from './administrator.js';
import { Accounts } from './features/accounts/accounts.service.js';
import { Bindings } from './features/bindings/bindings.service.js';
import { Certificates } from './features/certificates/certificates.service.js';
import { Observations } from './features/deployments/observations.service.js';
import type { SeenHandshake } from './features/deployments/seen-handshake.js';
import { Domains } from './features/domains/domains.service.js';
import { Health } from './features/health/health.service.js';
import { SETTLED } from './features/orders/order.js';
import { Orders } from './features/orders/orders.service.js';
import type { Server } from './features/servers/server.js';
import { Servers } from './features/servers/servers.service.js';
import type { Site } from './features/sites/site.js';
import { Sites } from './features/sites/sites.service.js';
import type { Config } from './platform/config/config.js';
import { Jobs } from './platform/jobs/jobs.service.js';
import type { JobHandler } from './platform/jobs/queue.js';
import { LOG, type Log } from './platform/log/log.js';
import type { Actor } from './values/actor.js';
import { CLOCK, type Clock } from './values/clock.js';
import { minutes, since } from './values/instant.js';
import { ok, type Result } from './values/result.js';

/** Nest token. */
export const PANEL = Symbol('Panel');
export type Panel = Pick<Config, 'hostname' | 'listen' | 'httpPort' | 'httpsPort'>;

/** Renewed when less than this share of its life is left, as ACME clients do (RFC 9773 4.1). */
const RENEW_AT = 1 / 3;
/** After an order that failed: what was wrong is seldom mended within a minute. */
const ORDER_AGAIN_AFTER = minutes(10);

@Injectable()
export class PanelSecurity implements JobHandler {
  readonly name = 'panel.secure';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    @Inject(PANEL) private readonly panel: Panel,
    private readonly accounts: Accounts,
    private readonly servers: Servers,
    private readonly domains: Domains,
    private readonly sites: Sites,
    private readonly orders: Orders,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    private readonly health: Health,
    @Inject(LOG) private readonly log: Log,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    const site = await this.ensure();
    if (!site.ok) this.log.error({ problem: site.problem }, 'the panel cannot be secured');
  }

  /** Makes what is missing, one thing after the other; every call is idempotent, so that a crash in between does not matter. */
  async ensure(): Promise<Result<Site>> {
    const admin = await ensureAdministrator(this.accounts);
    const server = await this.ensureServer(admin);
    if (!server.ok) return server;
    const site = await this.ensureSite(admin, server.value);
    if (!site.ok) return site;
    const ordered = await this.ensureCertificate(admin, site.value);
    return ordered.ok ? site : ordered;
  }

  /** Is the newest certificate of the site bound, with nothing on its way to it? */
  async isServed(site: Site): Promise<boolean> {
    const newest = await this.orders.newestOf(site.id);
    const bindings = (await this.bindings.ofSites([site.id])).get(site.id) ?? [];
    if (!newest?.certificateId || bindings.length === 0) return newest?.state === 'FAILED' || newest?.state === 'REJECTED';
    const seen = await this.observations.newest(bindings.map((binding) => binding.id));
    const certificate = (await this.certificates.byIds([newest.certificateId])).get(newest.certificateId);
    return bindings.every(({ id, refused }) => refused !== undefined || seen.get(id)?.fingerprint === certificate?.fingerprint);
  }

  /** What the newest handshake at each address showed. */
  async look(site: Site): Promise<readonly SeenHandshake[]> {
    await this.health.lookAtSite(site.id);
    const bindings = (await this.bindings.ofSites([site.id])).get(site.id) ?? [];
    return [...(await this.observations.newest(bindings.map((binding) => binding.id))).values()];
  }

  /** The embedded edge as a server, with the addresses that the configuration names. */
  async ensureServer(admin: Actor): Promise<Result<Server['id']>> {
    // Looked for before it is asked for: a call that does nothing would fill the audit log, minute by minute.
    const there = await this.servers.forUse(admin, null);
    const server = there.ok ? there : await this.registerServer(admin);
    if (!server.ok) return server;
    const { id } = server.value;
    const { listen, httpPort, httpsPort } = this.panel;
    for (const ip of listen) {
      const address = await this.servers.ensureAddress(id, { ip, httpPort, httpsPort });
      await this.bindings.move(address.id, httpsPort);
    }
    return ok(id);
  }

  private async registerServer(admin: Actor): Promise<Result<Server>> {
    const made = await this.servers.register(admin, { name: 'this machine', kind: 'EMBEDDED_EDGE' }, 'panel:server');
    return made.ok ? ok(made.value.server) : made;
  }

  private async ensureSite(admin: Actor, serverId: string): Promise<Result<Site>> {
    const { hostname } = this.panel;
    const there = await this.sites.byName(admin, hostname);
    if (there.ok && there.value) return ok(there.value);
    const domain = await this.domains.add(admin, { name: hostname }, `panel:domain:${hostname}`);
    // Taken already, maybe by the administrator's own hand: whether it is the panel's to use, the site's making tells.
    if (!domain.ok && domain.problem.code !== 'NAME_IN_USE') return domain;
    const site = await this.sites.create(admin, { serverId, names: [hostname] }, `panel:site:${hostname}`, { route: 'PANEL' });
    return site.ok ? ok(site.value.site) : site;
  }

  /** Orders where there is no certificate with enough of its life left, and no order under way. */
  private async ensureCertificate(admin: Actor, site: Site): Promise<Result<void>> {
    const newest = await this.orders.newestOf(site.id);
    if (newest && !SETTLED.includes(newest.state)) return ok(undefined);
    if (newest?.certificateId) {
      const certificate = (await this.certificates.byIds([newest.certificateId])).get(newest.certificateId)!;
      const life = since(certificate.notBefore, certificate.notAfter);
      if (since(this.clock.now(), certificate.notAfter) > life * RENEW_AT && !certificate.revokedAt) return this.ensureBound(site);
    }
    const failed = newest && !newest.certificateId;
    if (failed && since(newest.finishedAt ?? newest.createdAt, this.clock.now()) < ORDER_AGAIN_AFTER) return ok(undefined);
    // Keyed by the order before it: however many processes come to this, one new order is made.
    const key = `panel:order:${newest?.id ?? 'first'}`;
    const placed = await this.orders.place(admin, { siteId: site.id, product: 'internal' }, key);
    return placed.ok ? ok(undefined) : placed;
  }

  /** A new address of the edge needs the certificate that the others have. */
  private async ensureBound(site: Site): Promise<Result<void>> {
    const bound = (await this.bindings.ofSites([site.id])).get(site.id) ?? [];
    const places = (await this.servers.addressesOf([site.serverId])).get(site.serverId) ?? [];
    const newest = await this.orders.newestOf(site.id);
    if (places.some(({ id }) => !bound.some(({ addressId }) => addressId === id)))
      await this.bindings.bind(site.id, newest!.certificateId!);
    return ok(undefined);
  }
}
