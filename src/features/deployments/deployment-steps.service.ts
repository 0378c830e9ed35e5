/** How each step of a deployment is done: through the server's installer, and by looking at what it shows. */
import { Injectable } from '@nestjs/common';
import { bindingKeyText, type ServerInstaller } from '../../adapters/installers/installer.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Observations } from '../observations/observations.service.js';
import {
  placeText,
  targetOf,
  type BoundLook,
  type GoneLook,
  type Look,
  type Occasion,
  type SeenHandshake,
} from '../observations/seen-handshake.js';
import { Neighbours } from '../placements/neighbours.service.js';
import type { PlannedChange, PlannedRemoval } from '../placements/plan.js';
import { ServerChanges } from '../placements/server-changes.service.js';
import { isOutOfReach } from '../servers/server.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import type { Deployment, DeploymentStep } from './deployment.js';

/** What a step leaves behind besides the state it leads to. */
export type StepOutcome = { readonly because: string; readonly generation?: number };

@Injectable()
export class DeploymentSteps {
  constructor(
    private readonly installers: ServerInstallers,
    private readonly changes: ServerChanges,
    private readonly neighbours: Neighbours,
    private readonly observations: Observations,
  ) {}

  async take(deployment: Deployment, step: DeploymentStep, fence: number): Promise<Result<StepOutcome>> {
    const installer = await this.installers.of(deployment.serverId);
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

  private async stage(deployment: Deployment, installer: ServerInstaller, fence: number): Promise<Result<StepOutcome>> {
    const { changes, removals } = deployment;
    await this.look(deployment, 'BEFORE', [
      ...changes.map(asNow),
      ...removals.map(asAnything),
      ...(await this.neighbours.ofChange(deployment.serverId, deployment)),
    ]);
    const change = await this.changes.changeOf(deployment);
    if (!change.ok) return change;
    const staged = await installer.stage(change.value, fence);
    if (!staged.ok) return err(namingParts(deployment, staged.problem));
    return ok({ because: `${count(deployment)} laid down beside what is served, as generation ${staged.value}`, generation: staged.value });
  }

  /** The server's own test, then real handshakes that only we can make. */
  private async rehearse(deployment: Deployment, installer: ServerInstaller): Promise<Result<StepOutcome>> {
    const tested = await installer.test(deployment.generation!);
    if (!tested.ok) return err(namingParts(deployment, tested.problem));
    if (!installer.rehearse) return ok({ because: "the server's own test passed" });
    const rehearsal = await installer.rehearse(deployment.generation!);
    if (!rehearsal.ok) return rehearsal;
    const seen = await this.look(deployment, 'REHEARSAL', deployment.changes.flatMap(asWanted), rehearsal.value.socketPath);
    return verdict(deployment, seen, `the server's own test passed, and ${seen.length} rehearsed handshakes proved the new certificates`);
  }

  private async apply(deployment: Deployment, installer: ServerInstaller, fence: number): Promise<Result<StepOutcome>> {
    const applied = await installer.apply(deployment.generation!, fence);
    return applied.ok ? ok({ because: `generation ${deployment.generation} swapped in` }) : applied;
  }

  private async prove(deployment: Deployment, installer: ServerInstaller, fence: number): Promise<Result<StepOutcome>> {
    const { changes, removals } = deployment;
    const seen = await this.look(deployment, 'AFTER', [...changes.flatMap(asWanted), ...removals.map(asGone)]);
    const gone = removals.length > 0 ? `, and ${removals.length} that nothing shows what was taken away` : '';
    const proven = verdict(deployment, seen, `${seen.length - removals.length} handshakes proved the new certificates${gone}`);
    if (!proven.ok) return proven;
    const worse = await this.brokenNeighbour(deployment, 'AFTER');
    if (worse)
      return err(problem('SERVER_REFUSED', { server: deployment.serverId, detail: 'the change broke another binding' }, { sub: [worse] }));
    await installer.prune(fence);
    return proven;
  }

  private async undo(deployment: Deployment, installer: ServerInstaller, fence: number): Promise<Result<StepOutcome>> {
    if (deployment.generation !== undefined) {
      const undone = await installer.undo(deployment.generation, fence);
      if (!undone.ok && isOutOfReach(undone.problem)) return undone;
      // A server that does not know the generation never took it; the proof below says whether the old state is there.
      if (!undone.ok && undone.problem.code !== 'GENERATION_UNKNOWN') return err(undoFailed(deployment, undone.problem));
    }
    const changed = deployment.changes.filter(({ from }) => from.length > 0);
    const before = await this.shownBefore(deployment);
    // At an address that the server has left, nobody answers whatever is done.
    const removed = deployment.removals.filter((removal) => removal.from.includes(before.get(placeText(removal)) ?? ''));
    const fresh = deployment.changes.filter(({ from }) => from.length === 0);
    const seen = await this.look(deployment, 'UNDONE', [...changed.map(asNow), ...removed.map(asAnything), ...fresh.map(asNever)]);
    const parts = [...changed, ...removed];
    const worse = parts.findIndex((part, index) => {
      const { fingerprint = '' } = seen[index] ?? {};
      // What was changed by hand before is no worse than it was.
      return !part.from.includes(fingerprint) && fingerprint !== before.get(placeText(part));
    });
    if (worse >= 0) return err(undoFailed(deployment, seen[worse]!.problem));
    const broken =
      seen.slice(parts.length).find((handshake) => handshake.problem)?.problem ?? (await this.brokenNeighbour(deployment, 'UNDONE'));
    if (broken) return err(undoFailed(deployment, broken));
    const because = `the old state is back, proven by ${parts.length} handshakes`;
    return ok({ because: parts.length > 0 ? because : 'nothing was served there before, and nothing is now' });
  }

  /** Fingerprints that were seen before anything was done, by place. */
  private async shownBefore({ id }: Deployment): Promise<ReadonlyMap<string, string | undefined>> {
    const seen = ((await this.observations.ofDeployments([id])).get(id) ?? []).filter(({ occasion }) => occasion === 'BEFORE');
    return new Map(
      seen.map(({ observation: { target }, fingerprint }) => [placeText({ ...target, name: target.servername! }), fingerprint]),
    );
  }

  /** What is wrong with one of the neighbours that were fine before. */
  private async brokenNeighbour(deployment: Deployment, occasion: Occasion): Promise<Problem | undefined> {
    const seen = await this.look(deployment, occasion, await this.neighbours.provenBefore(deployment.id, deployment));
    return seen.find((handshake) => handshake.problem)?.problem;
  }

  private look(deployment: Deployment, occasion: Occasion, looks: readonly Look[], socketPath?: string): Promise<readonly SeenHandshake[]> {
    return this.observations.look(looks, { occasion, deploymentId: deployment.id, ...(socketPath && { socketPath }) });
  }
}

/** What shall be shown there: each of a pair to those who know keys of its family alone. */
const asWanted = ({ bindingId, issuerId, to, keyFamily, companion, ...place }: PlannedChange): BoundLook[] => {
  const first = { ...targetOf(place), bindingId, issuerId, fingerprint: to };
  if (!companion) return [first];
  const second = { ...first, issuerId: companion.issuerId, fingerprint: companion.to, keyFamily: companion.keyFamily };
  return [{ ...first, ...(keyFamily && { keyFamily }) }, second];
};
/** Whatever is shown there. */
const asNow = ({ bindingId, issuerId, ...place }: PlannedChange): BoundLook => ({ ...targetOf(place), bindingId, issuerId });
const asGone = (removal: PlannedRemoval): GoneLook => ({ ...targetOf(removal), gone: removal.from });
/** Where nothing was shown before. */
const asNever = (change: PlannedChange): GoneLook => ({ ...targetOf(change), gone: [change.to] });
const asAnything = (removal: PlannedRemoval): GoneLook => ({ ...targetOf(removal), gone: [] });

/** The server names bindings by their places, we by their ids. */
function namingParts({ changes, removals }: Deployment, refused: Problem): Problem {
  const nameOf = new Map<string | undefined, string>([
    ...changes.map((change): [string, string] => [bindingKeyText(change), change.bindingId]),
    ...removals.map((removal): [string, string] => [bindingKeyText(removal), placeText(removal)]),
  ]);
  return { ...refused, sub: refused.sub.map((part) => ({ ...part, subject: nameOf.get(part.subject) ?? part.subject })) };
}

/** Proof for every part, or a problem that names each one without. */
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
