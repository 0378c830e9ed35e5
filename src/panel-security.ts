/**
 * The panel secures itself by the walk that every site takes: its own name is a domain, a site, an order, a binding, a proven
 * deployment. At the first start that makes all of them; later it changes nothing, and renews the certificate in time.
 * It stands beside app.module.ts since it acts across the rooms as a caller would (docs/decisions/0004-panel-security.md).
 */
import { Inject, Injectable } from '@nestjs/common';
import { ensureAdministrator } from './administrator.js';
import { Accounts } from './features/accounts/accounts.service.js';
import type { Site } from './features/sites/site.js';
import { PanelCertificate } from './panel-certificate.js';
import { PanelServer } from './panel-server.js';
import { PanelSite } from './panel-site.js';
import { Jobs } from './platform/jobs/jobs.service.js';
import type { JobHandler } from './platform/jobs/queue.js';
import { LOG, type Log } from './platform/log/log.js';
import type { Result } from './values/result.js';

@Injectable()
export class PanelSecurity implements JobHandler {
  readonly name = 'panel.secure';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    private readonly accounts: Accounts,
    private readonly server: PanelServer,
    private readonly site: PanelSite,
    private readonly certificate: PanelCertificate,
    @Inject(LOG) private readonly log: Log,
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
    const server = await this.server.ensure(admin);
    if (!server.ok) return server;
    const site = await this.site.ensure(admin, server.value);
    if (!site.ok) return site;
    const ordered = await this.certificate.ensure(admin, site.value);
    return ordered.ok ? site : ordered;
  }
}
