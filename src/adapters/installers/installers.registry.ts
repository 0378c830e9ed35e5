import type { Clock } from '../../values/clock.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { EmbeddedEdgeInstaller } from './embedded-edge/embedded-edge.installer.js';
import type { ChallengeResponder, Installer, Installers, Rehearses } from './installer.js';

/** An answer that takes longer is none: the edge is on this machine. */
const EDGE_TIMEOUT_MS = 10_000;

/** Makes the installer of a server by its kind. */
export class InstallerRegistry implements Installers {
  constructor(
    private readonly edge: { readonly controlSocket: string },
    private readonly clock: Clock,
  ) {}

  of({ id, kind }: { readonly id: string; readonly kind: string }): Result<Installer & Partial<Rehearses> & ChallengeResponder> {
    if (kind !== 'EMBEDDED_EDGE') return err(problem('SERVER_UNREACHABLE', { server: id, detail: `there is no installer for ${kind}` }));
    return ok(
      new EmbeddedEdgeInstaller({ controlSocket: this.edge.controlSocket, serverName: id, timeoutMs: EDGE_TIMEOUT_MS, clock: this.clock }),
    );
  }
}
