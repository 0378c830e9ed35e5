/**
 * The engine for a server of mail. Whoever names no site of ours is shown the certificate that the server has of its own: there is no default to
 * be restored here. Files for CAs it shows none.
 */
import type { ServerInstaller } from '../../installer.js';
import { GenerationInstaller, type GenerationServer } from '../generation.installer.js';

export function mailInstaller(server: GenerationServer): ServerInstaller {
  const engine = new GenerationInstaller(server);
  return {
    capabilities: () => engine.capabilities(),
    inventory: (keys) => engine.inventory(keys),
    stage: (change, fence) => engine.stage(change, fence),
    test: (generation) => engine.test(generation),
    apply: (generation, fence) => engine.apply(generation, fence),
    undo: (generation, fence) => engine.undo(generation, fence),
    prune: (fence) => engine.prune(fence),
    reload: (fence) => engine.reload(fence),
    presentChallenge: (name, path, body) => engine.presentChallenge(name, path, body),
    removeChallenge: (name, path) => engine.removeChallenge(name, path),
  };
}
