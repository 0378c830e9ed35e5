/** What the family knows of a member that keeps files on a machine: enough to drive its servers without knowing which it is. */
import type { Clock } from '../../values/clock.js';
import type { Result } from '../../values/result.js';
import type { Admit, Host, Verbs } from '../hosts/host.js';
import type { Turns } from '../turns.js';
import type { Listener, MailListener, ServerInstaller, Serving } from './installer.js';

export type Member = {
  /** Stable, stored with every server of this kind. */
  readonly kind: string;
  /** Of JSON, which root or the service's user wrote on the machine. INVALID_INPUT for a place that is none. */
  readonly place: (place: unknown) => Result<PlacedServer>;
};

/** A server at its place on its machine. */
export type PlacedServer = {
  /** What is kept and done there, by whoever has the rights: the service itself, or a helper. */
  readonly tree: string;
  readonly verbs: Verbs;
  readonly admit: Admit;
  /** Of servers whose workers read certificates themselves. */
  readonly workersGroup?: () => Promise<Result<number>>;
  /** Everything there that is run or written: absolute paths, the tree among them. */
  readonly paths: readonly string[];
  readonly installer: (parts: InstallerParts) => ServerInstaller;
};

export type InstallerParts = {
  /** What the panel calls it, for problems about it. */
  readonly serverName: string;
  readonly host: Host;
  readonly listeners: readonly Listener[];
  readonly mail: readonly MailListener[];
  readonly serving: Serving;
  readonly clock: Clock;
  /** Shared by all installers of this server in the process. */
  readonly turns: Turns;
};
