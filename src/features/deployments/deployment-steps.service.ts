/** How each step of a deployment is done: through the server's installer, and by looking at what it shows. */
import { Inject, Injectable } from '@nestjs/common';
import {
  INSTALLERS,
  type Change,
  type DesiredBinding,
  type Installer,
  type Installers,
  type Rehearses,
} from '../../adapters/installers/installer.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Servers } from '../servers/servers.service.js';
import { Sites } from '../sites/sites.service.js';
import type { Deployment, DeploymentStep, PlannedChange } from './deployment.js';
import { Observations, type Look } from './observations.service.js';
import type { Occasion, SeenHandshake } from './seen-handshake.js';

type Member = Installer & Partial<Rehearses>;
/** What a step leaves behind besides the state it leads to. */
export type StepOutcome = { readonly because: string; readonly generation?: number };

/** Unchanged bindings that are looked at after each change, so that a change that breaks others is seen. */
const SAMPLE = 5;

@Injectable()
export class DeploymentSteps {
  constructor(
    @Inject(INSTALLERS) private readonly installers: Installers,
    private readonly servers: Servers,
    private readonly sites: Sites,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
  ) {}

  async installerOf(serverId: string): Promise<Result<Member>> {
    const server = (await this.servers.byIds([serverId])).get(serverId);
    return server ? this.installers.of(server) : err(problem('NOT_FOUND', { what: 'server' }, { subject: serverId }));
  }

  async take(deployment: Deployment, step: DeploymentStep, fence: number): Promise<Result<StepOutcome>> {
    const installer = await this.installerOf(deployment.serverId);
    if (!installer.ok) return installer;
    switch (step) {
      case 'stage':
        return this.stage(deployment, installer.value, fence);
      case 'rehearse':
        return this.rehearse(deployment, installer.value);
      case 'apply':
        return this.apply(deployment, installer.value, fence);
      case 'prove':
        return this.prove(deployment, installer.value, fence);
      case 'undo':
        return this.undo(deployment, installer.value, fence);
      default:
        return step satisfies never;
    }
  }

  private async stage(deployment: Deployment, installer: Member, fence: number): Promise<Result<StepOutcome>> {
    await this.look(deployment, 'BEFORE', deployment.changes);
    const change = await this.changeOf(deployment);
    if (!change.ok) return change;
    const staged = await installer.stage(change.value, fence);
    if (!staged.ok) return staged;
    return ok({ because: `${count(deployment)} laid down beside what is served, as generation ${staged.value}`, generation: staged.value });
  }

  /** The server's own test, then real handshakes that only we can make. */
  private async rehearse(deployment: Deployment, installer: Member): Promise<Result<StepOutcome>> {
    const tested = await installer.test(deployment.generation!);
    if (!tested.ok) return tested;
    if (!installer.rehearse) return ok({ because: "the server's own test passed" });
    const rehearsal = await installer.rehearse(deployment.generation!);
    if (!rehearsal.ok) return rehearsal;
    const seen = await this.look(deployment, 'REHEARSAL', deployment.changes, rehearsal.value.socketPath);
    return verdict(deployment, seen, `the server's own test passed, and ${seen.length} rehearsed handshakes proved the new certificates`);
  }

  private async apply(deployment: Deployment, installer: Member, fence: number): Promise<Result<StepOutcome>> {
    const applied = await installer.apply(deployment.generation!, fence);
    return applied.ok ? ok({ because: `generation ${deployment.generation} swapped in` }) : applied;
  }

  private async prove(deployment: Deployment, installer: Member, fence: number): Promise<Result<StepOutcome>> {
    const seen = await this.look(deployment, 'AFTER', deployment.changes);
    const proven = verdict(deployment, seen, `${seen.length} handshakes proved the new certificates`);
    if (!proven.ok) return proven;
    const others = await this.sampleOfUnchanged(deployment, installer);
    const worse = (await this.look(deployment, 'AFTER', others)).find(({ problem }) => problem);
    if (worse?.problem)
      return err(
        problem('SERVER_REFUSED', { server: deployment.serverId, detail: 'the change broke another binding' }, { sub: [worse.problem] }),
      );
    await installer.prune(fence);
    return proven;
  }

  private async undo(deployment: Deployment, installer: Member, fence: number): Promise<Result<StepOutcome>> {
    if (deployment.generation !== undefined) {
      const undone = await installer.undo(deployment.generation, fence);
      if (!undone.ok && undone.problem.code === 'SERVER_UNREACHABLE') return undone;
      // A server that does not know the generation never took it; the proof below says whether the old state is there.
      if (!undone.ok && undone.problem.code !== 'GENERATION_UNKNOWN') return err(undoFailed(deployment, undone.problem));
    }
    const seen = await this.look(deployment, 'UNDONE', deployment.changes);
    const worse = deployment.changes.find(({ from }, index) => from.length > 0 && !from.includes(seen[index]?.fingerprint ?? ''));
    if (worse) return err(undoFailed(deployment, seen[deployment.changes.indexOf(worse)]!.problem));
    const served = deployment.changes.filter(({ from }) => from.length > 0).length;
    return ok({
      because: served > 0 ? `the old state is back, proven by ${served} handshakes` : 'nothing was served there before, and nothing is now',
    });
  }

  private look(
    deployment: Deployment,
    occasion: Occasion,
    changes: readonly PlannedChange[],
    socketPath?: string,
  ): Promise<readonly SeenHandshake[]> {
    const looks = changes.map(({ to, ...change }): Look => ({
      ...change,
      ...(occasion === 'REHEARSAL' || occasion === 'AFTER' ? { fingerprint: to } : {}),
    }));
    return this.observations.look(looks, { occasion, deploymentId: deployment.id, ...(socketPath && { socketPath }) });
  }

  private async changeOf(deployment: Deployment): Promise<Result<Change>> {
    const files = await this.certificates.files(deployment.changes.map((change) => change.certificateId));
    const bindings = await this.bindings.byIds(deployment.changes.map((change) => change.bindingId));
    const sites = await this.sites.byIds([...bindings.values()].map((binding) => binding.siteId));
    const put = deployment.changes.map(({ address, port, name, certificateId, bindingId }): DesiredBinding => {
      const route = sites.get(bindings.get(bindingId)?.siteId ?? '')?.route ?? 'NONE';
      return { key: { address, port, name }, certificates: [files.get(certificateId)!], route };
    });
    return ok({ put, remove: deployment.removals });
  }

  private async sampleOfUnchanged(deployment: Deployment, installer: Member): Promise<PlannedChange[]> {
    const inventory = await installer.inventory();
    if (!inventory.ok) return [];
    const changed = new Set(deployment.changes.map((change) => change.bindingId));
    const others = (await this.bindings.ofServer(deployment.serverId)).filter(({ id }) => !changed.has(id)).slice(0, SAMPLE);
    const certificates = await this.certificates.byIds(others.map((other) => other.certificateId));
    return others.flatMap(({ id: bindingId, accountId, ip: address, port, name, certificateId }) => {
      const shown = inventory.value.bindings.find(({ key }) => key.address === address && key.port === port && key.name === name);
      const issuerId = certificates.get(certificateId)?.issuerId;
      const [to] = shown?.fingerprints ?? [];
      return to && issuerId ? [{ bindingId, accountId, address, port, name, certificateId, issuerId, from: [to], to }] : [];
    });
  }
}

/** Proof for every binding, or a problem that names each one without. */
function verdict(deployment: Deployment, seen: readonly SeenHandshake[], because: string): Result<StepOutcome> {
  const failed = seen.flatMap((handshake) => handshake.problem ?? []);
  if (failed.length === 0) return ok({ because });
  const first = failed[0]!;
  return err(problem(first.code, first.facts, { subject: deployment.serverId, sub: failed }));
}

const undoFailed = (deployment: Deployment, cause: Problem | undefined): Problem =>
  problem(
    'UNDO_FAILED',
    { server: deployment.serverId, detail: cause?.code ?? 'another certificate is shown' },
    cause ? { sub: [cause] } : {},
  );

const count = ({ changes, removals }: Deployment): string =>
  [changes.length && `${changes.length} to change`, removals.length && `${removals.length} to remove`].filter(Boolean).join(', ');
