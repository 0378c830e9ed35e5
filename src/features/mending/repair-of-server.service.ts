import { Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import { problem } from '../../values/problems/problem.js';
import { ok, type Result } from '../../values/result.js';
import { isOutOfReach, toldToTenants } from '../servers/server.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import type { RepairStep } from '../repairs/repair-book.service.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { RepairProof } from './repair-proof.service.js';
import type { Matter } from '../repairs/repair.js';

/** What is mended at the servers of the site themselves, by its installer's powers. */
@Injectable()
export class RepairOfServer {
  constructor(
    private readonly installers: ServerInstallers,
    private readonly servers: SiteServers,
    private readonly claims: Claims,
    private readonly proof: RepairProof,
  ) {}

  /** Once more, where it is not known whether it was done: that changes nothing. */
  async begin(matter: Matter): Promise<RepairStep> {
    const servers = (await this.servers.ofSites([matter.site])).get(matter.site.id)!;
    let mended = false;
    for (const serverId of servers) {
      const held = await this.claims.whileHolding(`server:${serverId}`, (claim) => this.mend(serverId, matter, Number(claim.fence)));
      if (!held.held) return { advance: { to: 'WAIT' } };
      if (held.value.ok) mended ||= held.value.value;
      else if (isOutOfReach(held.value.problem)) return { advance: { to: 'WAIT', problem: toldToTenants(held.value.problem) } };
      else return { advance: { to: 'FAILED', problem: toldToTenants(held.value.problem) } };
    }
    if (mended) return this.proof.begin(matter);
    return { advance: { to: 'FAILED', problem: problem('NOT_REPAIRABLE', { detail: 'the server reads its files by itself' }) } };
  }

  /** False where that server has no such power. */
  private async mend(serverId: string, { repair: { kind } }: Matter, fence: number): Promise<Result<boolean>> {
    const installer = await this.installers.of(serverId);
    if (!installer.ok) return installer;
    const done = await (kind === 'RELOAD' ? installer.value.reload?.(fence) : installer.value.restoreDefault?.(fence));
    return done === undefined ? ok(false) : done.ok ? ok(true) : done;
  }
}
