/** Which public CAs are believed on this machine: as its platform does it, where one was started here. */
import path from 'node:path';
import { publicRoots, readPublicRootsFrom } from '../../adapters/network/public-roots.js';
import { findHome, type HomeLayout } from '../../platform/config/home-layout.js';
import { VARIABLES } from '../../platform/config/variables.js';

/** DER. `project`: below which a relative HOSTSEAL_HOME is. */
export function publicRootsHere(project: string): readonly Uint8Array[] {
  const home = path.resolve(project, process.env['HOSTSEAL_HOME'] || VARIABLES.HOSTSEAL_HOME.default);
  const layout = layoutAt(home);
  if (layout) readPublicRootsFrom(layout.publicRootsFile);
  return publicRoots();
}

/** The home of another user need not be readable: a check needs no platform. */
function layoutAt(home: string): HomeLayout | undefined {
  try {
    return findHome({ home, vaultKeyFile: undefined });
  } catch {
    return undefined;
  }
}
