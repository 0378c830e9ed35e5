import { Injectable } from '@nestjs/common';
import { Claims } from '../../platform/database/claims.js';
import { problem } from '../../values/problems/problem.js';
import { err, type Result } from '../../values/result.js';
import { isOutOfReach, toldToTenants } from '../servers/server.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import type { RepairStep } from '../repairs/repair-book.service.js';
import { RepairProof } from './repair-proof.service.js';
import type { Matter } from '../repairs/repair.js';

/** What is mended at the server itself, by its installer's powers. */
@Injectable()
export class RepairOfServer {
  constructor(
    private readonly installers: ServerInstallers,
    private readonly claims: Claims,
    private readonly proof: RepairProof,
  ) {}

  /** Once more, where it is not known whether it was done: that changes nothing. */
  async begin(matter: Matter): Promise<RepairStep> {
    const { serverId } = matter.site;
    const held = await this.claims.whileHolding(`server:${serverId}`, async (claim): Promise<Result<void>> => {
      const installer = await this.installers.of(serverId);
      if (!installer.ok) return installer;
      const { kind } = matter.repair;
      const { value } = installer;
      const done = kind === 'RELOAD' ? value.reload?.(Number(claim.fence)) : value.restoreDefault?.(Number(claim.fence));
      return (await done) ?? err(problem('NOT_REPAIRABLE', { detail: 'the server reads its files by itself' }));
    });
    if (!held.held) return { advance: { to: 'WAIT' } };
    if (held.value.ok) return this.proof.begin(matter);
    if (isOutOfReach(held.value.problem)) return { advance: { to: 'WAIT', problem: toldToTenants(held.value.problem) } };
    return { advance: { to: 'FAILED', problem: toldToTenants(held.value.problem) } };
  }
}
