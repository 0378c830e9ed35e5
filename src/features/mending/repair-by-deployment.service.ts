import { Injectable } from '@nestjs/common';
import { completeChain } from '../../cores/pki/path/complete-chain.js';
import { problem } from '../../values/problems/problem.js';
import { covers } from '../../values/hostname.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Binding } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import { isGivenUp, type StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Deployments } from '../deployments/deployments.service.js';
import { Observations } from '../observations/observations.service.js';
import { Orders } from '../orders/orders.service.js';
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
    private readonly orders: Orders,
    private readonly proof: RepairProof,
  ) {}

  async begin(matter: Matter): Promise<RepairStep> {
    const bindings = await this.bindingsOf(matter);
    if (bindings.length === 0) return cannot('nothing is bound to the name');
    const { kind } = matter.repair;
    const right = kind === 'REBIND' ? await this.rightCertificate(matter) : undefined;
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
    const certificates = await this.certificates.byIds(bindings.map(({ certificateId }) => certificateId));
    const shows = ({ id, certificateId, again }: Binding): boolean => {
      const newest = seen.get(id);
      return !again && newest !== undefined && !newest.problem && newest.fingerprint === certificates.get(certificateId)?.fingerprint;
    };
    return bindings.every(shows) ? this.proof.begin(matter) : { advance: { to: 'WAIT' } };
  }

  private async bindingsOf({ site, finding }: Matter): Promise<readonly Binding[]> {
    return ((await this.bindings.ofSites([site.id])).get(site.id) ?? []).filter(({ name }) => name === finding.name);
  }

  /** The newest of those that were issued for the site, and hold. */
  private async rightCertificate({ site, finding, now }: Matter): Promise<StoredCertificate | undefined> {
    const ids = await this.orders.issuedFor(site.id);
    const certificates = await this.certificates.byIds(ids);
    const holds = (certificate: StoredCertificate | undefined) =>
      certificate !== undefined &&
      !isGivenUp(certificate) &&
      certificate.notBefore <= now &&
      now < certificate.notAfter &&
      certificate.names.some((covering) => covers(covering, finding.name));
    return ids.map((id) => certificates.get(id)).find(holds);
  }

  /** Those of the bound certificates that are kept without an intermediate, or in another order. */
  private async wholeChains(bindings: readonly Binding[], { now }: Matter) {
    const bound = [...(await this.certificates.byIds(bindings.map(({ certificateId }) => certificateId))).values()];
    const roots = await this.observations.rootsOf(bound);
    const siblings = await this.certificates.issuersOf(bound.map(({ issuer }) => issuer));
    return bound.flatMap(({ id, chain }, index) => {
      const anchors = roots[index]!;
      const whole = anchors.ok ? completeChain(chain, siblings, anchors.value, now) : anchors;
      return whole.ok ? [{ id, chain: whole.value }] : [];
    });
  }
}

const cannot = (detail: string): RepairStep => ({ advance: { to: 'FAILED', problem: problem('NOT_REPAIRABLE', { detail }) } });
const placeOf = ({ name, ip: address, port }: Binding) => ({ name, address, port });
