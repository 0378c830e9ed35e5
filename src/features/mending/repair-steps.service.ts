import { Injectable } from '@nestjs/common';
import type { Instant } from '../../values/instant.js';
import { problem } from '../../values/problems/problem.js';
import { Findings } from '../findings/findings.service.js';
import { Sites } from '../sites/sites.service.js';
import { RepairByDeployment } from './repair-by-deployment.service.js';
import { RepairByOrder } from './repair-by-order.service.js';
import { RepairOfServer } from './repair-of-server.service.js';
import { RepairProof } from './repair-proof.service.js';
import type { RepairStep } from '../repairs/repair-book.service.js';
import { isLate, type Matter, type Repair } from '../repairs/repair.js';

/** The next step of a repair. Each may be taken twice. */
@Injectable()
export class RepairSteps {
  constructor(
    private readonly findings: Findings,
    private readonly sites: Sites,
    private readonly byDeployment: RepairByDeployment,
    private readonly byOrder: RepairByOrder,
    private readonly ofServer: RepairOfServer,
    private readonly proof: RepairProof,
  ) {}

  async take(repair: Repair, now: Instant): Promise<RepairStep> {
    const finding = (await this.findings.byIds([repair.findingId])).get(repair.findingId);
    const site = (await this.sites.byIds([repair.siteId])).get(repair.siteId);
    if (!finding || !site) return { advance: { to: 'FAILED', problem: problem('NOT_FOUND', { what: 'finding' }) } };
    if (isLate(repair, now))
      return {
        advance: {
          to: 'FAILED',
          problem: repair.problem ?? problem('REPAIR_NOT_PROVEN', { name: finding.name, cause: finding.diagnosis.cause }),
        },
      };
    const matter = { repair, finding, site, now };
    switch (repair.waitsFor?.what) {
      case undefined:
        return this.begin(matter);
      case 'DEPLOYMENT':
        return this.byDeployment.follow(matter, repair.waitsFor);
      case 'ORDER':
        return this.byOrder.follow(matter, repair.waitsFor);
      case 'CHECK':
        return this.afterProof(matter, await this.proof.follow(matter, repair.waitsFor));
      default:
        return repair.waitsFor satisfies never;
    }
  }

  /** Files that were changed by hand are read again as they are: then they are laid down anew. */
  private async afterProof(matter: Matter, step: RepairStep): Promise<RepairStep> {
    if (step.advance.to !== 'FAILED' || matter.repair.kind !== 'RELOAD') return step;
    const next = await this.byDeployment.begin(matter);
    return next.advance.to === 'WAIT' ? { ...next, advance: { ...next.advance, as: 'REINSTALL' } } : next;
  }

  private begin(matter: Matter): Promise<RepairStep> {
    switch (matter.repair.kind) {
      case 'COMPLETE_CHAIN':
      case 'ORDER_CHAIN':
      case 'REINSTALL':
      case 'REBIND':
        return this.byDeployment.begin(matter);
      case 'REISSUE':
        return this.byOrder.begin(matter);
      case 'RELOAD':
      case 'RESTORE_DEFAULT':
        return this.ofServer.begin(matter);
      default:
        return matter.repair.kind satisfies never;
    }
  }
}
