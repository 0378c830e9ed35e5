import { Inject, Injectable } from '@nestjs/common';
import { Domains } from './features/domains/domains.service.js';
import type { Site } from './features/sites/site.js';
import { Sites } from './features/sites/sites.service.js';
import { PANEL, type Panel } from './panel.js';
import type { Actor } from './values/actor.js';
import { problem } from './values/problems/problem.js';
import { err, ok, type Result } from './values/result.js';

/** The site of the panel's own name: the only one that leads to the API. */
@Injectable()
export class PanelSite {
  constructor(
    @Inject(PANEL) private readonly panel: Panel,
    private readonly domains: Domains,
    private readonly sites: Sites,
  ) {}

  /** PANEL_NAME_TAKEN where another site has the name, whosever it is: a tenant's must never be taken for the panel's own. */
  async ensure(admin: Actor, serverId: string): Promise<Result<Site>> {
    const { hostname } = this.panel;
    const there = await this.sites.byName(admin, hostname);
    if (!there.ok) return there;
    if (there.value) return isPanels(there.value, admin) ? ok(there.value) : err(taken(hostname, there.value));
    const domain = await this.domains.add(admin, { name: hostname }, `panel:domain:${hostname}`);
    // Taken already, maybe by the administrator's own hand: whether it is the panel's to use, the site's making tells.
    if (!domain.ok && domain.problem.code !== 'NAME_IN_USE') return domain;
    const site = await this.sites.create(admin, { serverId, names: [hostname] }, `panel:site:${hostname}`, { route: 'PANEL' });
    return site.ok ? ok(site.value.site) : site;
  }
}

const isPanels = ({ accountId, route }: Site, admin: Actor): boolean => accountId === admin.accountId && route === 'PANEL';

const taken = (name: string, { id }: Site) => problem('PANEL_NAME_TAKEN', { name, site: id }, { subject: id });
