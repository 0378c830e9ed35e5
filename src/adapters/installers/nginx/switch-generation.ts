/** From one generation to another, so that what nginx serves and what it would start with are the same again in the end. */
import type { Host } from '../../hosts/host.js';
import { ok, type Result } from '../../../values/result.js';
import type { Generation } from '../installer.js';
import type { NginxControl } from './server/control.js';
import { CURRENT, generationPath, LOADED } from './tree/files.js';
import type { NginxTree } from './tree/nginx-tree.js';

type Parts = { readonly host: Host; readonly tree: NginxTree; readonly control: NginxControl };

/**
 * Where nginx does not follow, `current.conf` is switched back, and the problem is nginx's. `loaded` is gone from before the first step
 * until it is certain again. From a generation to itself it is a reload.
 */
export async function switchGeneration(
  { host, tree, control }: Parts,
  from: Generation,
  to: Generation,
  fence?: number,
): Promise<Result<void>> {
  const loaded = await tree.loaded();
  if (!loaded.ok) return loaded;
  const uncertain = await host.remove([LOADED], fence);
  if (!uncertain.ok) return uncertain;
  const pointed = from === to ? ok(undefined) : await host.point(CURRENT, generationPath(to), fence);
  if (!pointed.ok) return pointed;

  const adopted = await control.adopt(fence);
  const reloaded = adopted.ok ? await control.reload(fence) : adopted;
  if (reloaded.ok) return host.point(LOADED, generationPath(to), fence);

  const back = from === to ? ok(undefined) : await host.point(CURRENT, generationPath(from), fence);
  if (!back.ok) return back;
  const goesOn = !adopted.ok || reloaded.problem.facts['goesOn'] === true;
  if (goesOn && loaded.value !== undefined) await host.point(LOADED, generationPath(loaded.value), fence);
  return reloaded;
}
