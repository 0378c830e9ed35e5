import { Injectable } from '@nestjs/common';
import type { Repair as RepairKind } from '../../cores/tls/diagnosis/diagnosis.js';
import type { Actor } from '../../values/actor.js';
import type { Id } from '../../values/id.js';
import { problem } from '../../values/problems/problem.js';
import { err, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import { Findings } from '../findings/findings.service.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { Sites } from '../sites/sites.service.js';

/** They touch the whole server: its owner's right. */
const OF_SERVERS: readonly RepairKind[] = ['RELOAD', 'RESTORE_DEFAULT'];

/** Who may have what repaired. */
@Injectable()
export class RepairAccess {
  constructor(
    private readonly access: Access,
    private readonly findings: Findings,
    private readonly sites: Sites,
    private readonly servers: SiteServers,
  ) {}

  async toRepair(actor: Actor, findingId: Id<'finding'>): Promise<Result<void>> {
    const allowed = await this.access.require(actor, 'WRITE_SITES', 'finding', [findingId]);
    if (!allowed.ok) return allowed;
    const { siteId, diagnosis } = (await this.findings.byIds([findingId])).get(findingId)!;
    // It costs what an order costs.
    if (diagnosis.repair === 'REISSUE') return this.access.require(actor, 'WRITE_ORDERS', 'site', [siteId]);
    if (!diagnosis.repair || !OF_SERVERS.includes(diagnosis.repair)) return allowed;
    const site = (await this.sites.byIds([siteId])).get(siteId)!;
    const owns = await this.access.require(actor, 'WRITE_SERVERS', 'server', (await this.servers.ofSites([site])).get(siteId)!);
    return owns.ok ? owns : err(problem('NOT_ALLOWED', { needs: 'WRITE_SERVERS' }));
  }
}
