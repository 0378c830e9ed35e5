import { Injectable } from '@nestjs/common';
import { problem } from '../../values/problems/problem.js';
import type { Tx } from '../../platform/database/transaction.js';
import { certificateIdsOf, type Binding } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Deployments } from '../deployments/deployments.service.js';
import { CertificateChoice } from '../inspection/certificate-choice.service.js';
import { Observations } from '../observations/observations.service.js';
import type { RepairStep } from '../repairs/repair-book.service.js';
import { RepairProof } from './repair-proof.service.js';
import type { Matter, WaitsFor } from '../repairs/repair.js';

/** What is mended by putting on the servers what shall be there: the way of every deployment, proof or undo. */
@Injectable()
export class RepairByDeployment {
  constructor(
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    private readonly deployments: Deployments,
    private readonly choice: CertificateChoice,
    private readonly proof: RepairProof,
  ) {}

  async begin(matter: Matter): Promise<RepairStep> {
    const bindings = await this.bindingsOf(matter);
    if (bindings.length === 0) return cannot('nothing is bound to the name');
    const { kind } = matter.repair;
    const right = kind === 'REBIND' ? await this.choice.right(matter.site.id, matter.finding.name, matter.now) : undefined;
    if (kind === 'REBIND' && !right) return cannot('no certificate of the site holds for the name');
    const chains = kind === 'COMPLETE_CHAIN' || kind === 'ORDER_CHAIN' ? await this.wholeChains(bindings, matter) : [];
    const doing = async (tx: Tx): Promise<void> => {
      for (const { id, chain } of chains) await this.certificates.keepChain(tx, id, chain);
      if (right) await this.bindings.rebind(tx, bindings, right.id);
      await this.bindings.putAgain(tx, bindings);
    };
    return { doing, advance: { to: 'WAIT', for: { what: 'DEPLOYMENT', bindingIds: bindings.map(({ id }) => id) } } };
  }

  /** Served and proven: then a check looks at all of it. Not: then what was there before is back. */
  async follow(matter: Matter, { bindingIds }: WaitsFor & { what: 'DEPLOYMENT' }): Promise<RepairStep> {
    const bindings = [...(await this.bindings.byIds(bindingIds)).values()];
    const refused = bindings.find(({ refused, certificateId }) => refused?.certificateId === certificateId);
    if (refused) {
      const cause = (await this.deployments.refusals([refused.id])).get(refused.id);
      return { advance: { to: 'UNDONE', problem: cause ?? problem('NOT_SERVED', { ...placeOf(refused) }) } };
    }
    const seen = await this.observations.newest(bindingIds);
    const certificates = await this.certificates.byIds(bindings.flatMap(certificateIdsOf));
    const shows = (binding: Binding): boolean => {
      const newest = seen.get(binding.id);
      const shall = certificateIdsOf(binding).map((id) => certificates.get(id)?.fingerprint);
      return !binding.again && newest?.fingerprint !== undefined && !newest.problem && shall.includes(newest.fingerprint);
    };
    return bindings.every(shows) ? this.proof.begin(matter) : { advance: { to: 'WAIT' } };
  }

  private async bindingsOf({ site, finding }: Matter): Promise<readonly Binding[]> {
    return ((await this.bindings.ofSites([site.id])).get(site.id) ?? []).filter(({ name }) => name === finding.name);
  }

  private async wholeChains(bindings: readonly Binding[], { now }: Matter) {
    const bound = await this.certificates.byIds(bindings.flatMap(certificateIdsOf));
    return this.choice.wholeChains([...bound.values()], now);
  }
}

const cannot = (detail: string): RepairStep => ({ advance: { to: 'FAILED', problem: problem('NOT_REPAIRABLE', { detail }) } });
const placeOf = ({ name, ip: address, port }: Binding) => ({ name, address, port });
