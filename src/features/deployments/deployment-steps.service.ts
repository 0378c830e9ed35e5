/** How each step of a deployment is done: through the server's installer, and by looking at what it shows. */
import { Inject, Injectable } from '@nestjs/common';
import {
  bindingKeyText,
  INSTALLERS,
  type Change,
  type DesiredBinding,
  type Installer,
  type Installers,
  type Rehearses,
} from '../../adapters/installers/installer.js';
import { about, problem, type Problem } from '../../values/problems/problem.js';
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
    await this.look(deployment, 'BEFORE', [...deployment.changes.map(asNow), ...(await this.sampleOfUnchanged(deployment))]);
    const change = await this.changeOf(deployment);
    if (!change.ok) return change;
    const staged = await installer.stage(change.value, fence);
    if (!staged.ok) return err(namingBindings(deployment, staged.problem));
    return ok({ because: `${count(deployment)} laid down beside what is served, as generation ${staged.value}`, generation: staged.value });
  }

  /** The server's own test, then real handshakes that only we can make. */
  private async rehearse(deployment: Deployment, installer: Member): Promise<Result<StepOutcome>> {
    const tested = await installer.test(deployment.generation!);
    if (!tested.ok) return err(namingBindings(deployment, tested.problem));
    if (!installer.rehearse) return ok({ because: "the server's own test passed" });
    const rehearsal = await installer.rehearse(deployment.generation!);
    if (!rehearsal.ok) return rehearsal;
    const seen = await this.look(deployment, 'REHEARSAL', deployment.changes.map(asWanted), rehearsal.value.socketPath);
    return verdict(deployment, seen, `the server's own test passed, and ${seen.length} rehearsed handshakes proved the new certificates`);
  }

  private async apply(deployment: Deployment, installer: Member, fence: number): Promise<Result<StepOutcome>> {
    const applied = await installer.apply(deployment.generation!, fence);
    return applied.ok ? ok({ because: `generation ${deployment.generation} swapped in` }) : applied;
  }

  private async prove(deployment: Deployment, installer: Member, fence: number): Promise<Result<StepOutcome>> {
    const seen = await this.look(deployment, 'AFTER', deployment.changes.map(asWanted));
    const proven = verdict(deployment, seen, `${seen.length} handshakes proved the new certificates`);
    if (!proven.ok) return proven;
    const worse = (await this.look(deployment, 'AFTER', await this.provenBefore(deployment))).find(({ problem }) => problem);
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
    const seen = await this.look(deployment, 'UNDONE', deployment.changes.map(asNow));
    const worse = deployment.changes.find(({ from }, index) => from.length > 0 && !from.includes(seen[index]?.fingerprint ?? ''));
    if (worse) return err(undoFailed(deployment, seen[deployment.changes.indexOf(worse)]!.problem));
    const served = deployment.changes.filter(({ from }) => from.length > 0).length;
    return ok({
      because: served > 0 ? `the old state is back, proven by ${served} handshakes` : 'nothing was served there before, and nothing is now',
    });
  }

  private look(deployment: Deployment, occasion: Occasion, looks: readonly Look[], socketPath?: string): Promise<readonly SeenHandshake[]> {
    return this.observations.look(looks, { occasion, deploymentId: deployment.id, ...(socketPath && { socketPath }) });
  }

  /** A certificate whose key does not open is refused by name, so that the others go on without it. */
  private async changeOf({ changes, removals }: Deployment): Promise<Result<Change>> {
    const files = await this.certificates.files(changes.map((change) => change.certificateId));
    const bindings = await this.bindings.byIds(changes.map((change) => change.bindingId));
    const sites = await this.sites.byIds([...bindings.values()].map((binding) => binding.siteId));
    const sub: Problem[] = [];
    const put = changes.flatMap(({ address, port, name, certificateId, bindingId }): DesiredBinding[] => {
      const certificate = files.get(certificateId)!;
      if (!certificate.ok) {
        sub.push(about(bindingId, certificate.problem));
        return [];
      }
      const route = sites.get(bindings.get(bindingId)?.siteId ?? '')?.route ?? 'NONE';
      return [{ key: { address, port, name }, certificates: [certificate.value], route }];
    });
    return sub[0] ? err(problem(sub[0].code, sub[0].facts, { sub })) : ok({ put, remove: removals });
  }

  private async sampleOfUnchanged({ serverId, changes }: Deployment): Promise<Look[]> {
    const changed = new Set(changes.map((change) => change.bindingId));
    const others = (await this.bindings.ofServer(serverId)).filter(({ id }) => !changed.has(id)).slice(0, SAMPLE);
    const certificates = await this.certificates.byIds(others.map((other) => other.certificateId));
    return others.map(({ id: bindingId, accountId, ip: address, port, name, certificateId }) => {
      return { bindingId, accountId, address, port, name, issuerId: certificates.get(certificateId)!.issuerId };
    });
  }

  /** Those of the sample that were fine before the change, which has to leave them so. One that was broken already is not its fault. */
  private async provenBefore({ id, changes }: Deployment): Promise<Look[]> {
    const changed = new Set<string>(changes.map((change) => change.bindingId));
    const seen = (await this.observations.ofDeployments([id])).get(id) ?? [];
    const before = new Map(seen.filter(({ occasion }) => occasion === 'BEFORE').map((handshake) => [handshake.bindingId, handshake]));
    const proven = [...before.values()].filter(({ bindingId, problem }) => !problem && !changed.has(bindingId));
    const bindings = await this.bindings.byIds(proven.map(({ bindingId }) => bindingId));
    const certificates = await this.certificates.byIds([...bindings.values()].map(({ certificateId }) => certificateId));
    return proven.flatMap(({ bindingId, accountId, fingerprint }) => {
      const binding = bindings.get(bindingId);
      if (!binding) return [];
      const { ip: address, port, name, certificateId } = binding;
      return [{ bindingId, accountId, address, port, name, issuerId: certificates.get(certificateId)!.issuerId, fingerprint }];
    });
  }
}

/** What shall be shown there. */
const asWanted = ({ to, ...change }: PlannedChange): Look => ({ ...change, fingerprint: to });
/** Whatever is shown there. */
const asNow = ({ bindingId, accountId, address, port, name, issuerId }: PlannedChange): Look => {
  return { bindingId, accountId, address, port, name, issuerId };
};

/** The server names bindings by their places, we by their ids. */
function namingBindings({ changes }: Deployment, refused: Problem): Problem {
  const idAt = new Map<string | undefined, string>(changes.map((change) => [bindingKeyText(change), change.bindingId]));
  return { ...refused, sub: refused.sub.map((part) => ({ ...part, subject: idAt.get(part.subject) ?? part.subject })) };
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
