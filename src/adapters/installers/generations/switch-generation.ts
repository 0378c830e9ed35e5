/** From one generation to another, so that what the server serves and what it would start with are the same again in the end. */
import type { Host } from '../../hosts/host.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Generation } from '../installer.js';
import type { Dialect } from './dialect.js';
import { layLinks, moveLinks } from './name-links.js';
import { CURRENT, generationPath, LOADED } from './tree/files.js';
import type { GenerationTree } from './tree/generation-tree.js';

type Parts = { readonly host: Host; readonly tree: GenerationTree; readonly dialect: Dialect };

/**
 * Where the server does not follow, `current.conf` is switched back, and the problem is the server's. `loaded` is gone from before the first step
 * until it is certain again. From a generation to itself it is a reload.
 */
export async function switchGeneration(parts: Parts, from: Generation, to: Generation, fence?: number): Promise<Result<void>> {
  const { host, tree } = parts;
  const loaded = await tree.loaded();
  if (!loaded.ok) return loaded;
  const takeUp = await wayToTakeUp(parts, loaded.value === from ? from : to, to);
  if (!takeUp.ok) return takeUp;
  const uncertain = await host.remove([LOADED], fence);
  if (!uncertain.ok) return uncertain;
  const pointed = from === to ? ok(undefined) : await host.point(CURRENT, generationPath(to), fence);
  if (!pointed.ok) return pointed;

  const adopted = await parts.dialect.adopt(fence);
  const takenUp = adopted.ok ? await takeUp.value(fence) : adopted;
  if (takenUp.ok) return host.point(LOADED, generationPath(to), fence);

  const back = from === to ? ok(undefined) : await host.point(CURRENT, generationPath(from), fence);
  if (!back.ok) return back;
  const goesOn = !adopted.ok || takenUp.problem.facts['goesOn'] === true;
  const ended = takenUp.problem.facts['ended'] === true;
  if (ended && parts.dialect.revive) {
    const revived = await parts.dialect.revive(fence);
    if (revived.ok) await host.point(LOADED, generationPath(from), fence);
  }
  if (goesOn && loaded.value !== undefined) await host.point(LOADED, generationPath(loaded.value), fence);
  return takenUp;
}

/** Links first: they are there when the server looks. Where it goes on as it was, they are as it was too. */
async function reloadWithLinks({ host, tree, dialect }: Parts, from: Generation, to: Generation, fence?: number): Promise<Result<void>> {
  const lay = async (generation: Generation): Promise<Result<void>> => {
    if (!dialect.names) return ok(undefined);
    const content = await tree.generation(generation);
    if (!content.ok || !content.value) return content.ok ? ok(undefined) : content;
    const sites = await tree.sites(content.value);
    return sites.ok ? layLinks(host, dialect.names, sites.value.values(), fence) : sites;
  };
  const laid = await lay(to);
  const reloaded = laid.ok ? await dialect.reload(fence) : laid;
  if (reloaded.ok || from === to) return reloaded;
  const back = await lay(from);
  return back.ok ? reloaded : err({ ...reloaded.problem, facts: { ...reloaded.problem.facts, goesOn: false } });
}

/** A reload, where the server does not change while it runs, or more than sites changes, or it does not read our tree yet. */
async function wayToTakeUp(
  { host, tree, dialect }: Parts,
  from: Generation,
  to: Generation,
): Promise<Result<(fence?: number) => Promise<Result<void>>>> {
  const reload = (fence?: number) => reloadWithLinks({ host, tree, dialect }, from, to, fence);
  if ((!dialect.load && !dialect.names) || from === to) return ok(reload);
  const [before, after] = [await tree.generation(from), await tree.generation(to)];
  if (!before.ok || !after.ok) return before.ok ? (after as Result<never>) : before;
  if (!before.value || !after.value || before.value.foundation !== after.value.foundation) return ok(reload);
  const adopted = await dialect.adopted();
  if (!adopted.ok || !adopted.value) return adopted.ok ? ok(reload) : adopted;
  const changes = await tree.changes(before.value, after.value);
  if (!changes.ok) return changes;
  const { names } = dialect;
  if (names) return ok((fence) => moveLinks(host, names, changes.value, fence));
  // The same once more, wanted because the server shows something else: then all is looked at.
  return ok(changes.value.length > 0 ? (fence) => dialect.load!(changes.value, fence) : reload);
}
