/**
 * The other machines that we drive servers on. Its members' comments are the contract; test/contract/hosts/ssh.test.ts checks them.
 *
 * A host is reached with its pinned key only. Another one is HOST_KEY_CHANGED, before anything of ours is sent. Each host stands for
 * itself: one that is dead costs its own callers a bounded time, then nothing for a while, and the others nothing.
 */
import type { SshPublicKey } from '../../cores/ssh/public-key.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Result } from '../../values/result.js';
import type { Secret } from '../../values/secret.js';
import type { Host } from './host.js';

/** Where SSH answers, and as whom we come. `id`: what the host is called in problems. */
export type SshPlace = { readonly id: string; readonly address: IpAddress; readonly port: number; readonly user: string };
export type SshAccess = SshPlace & {
  /** The one that it must show. */
  readonly hostKey: SshPublicKey;
  /** Ours, in OpenSSH's format. */
  readonly key: Secret;
};

export interface Hosts {
  /**
   * The tree and the verbs of one server there, through its helper. INVALID_INPUT where that is no name of a helper. Dials nobody: each
   * call does where no connection is open, and answers SERVER_UNREACHABLE or HOST_KEY_CHANGED.
   */
  through(access: SshAccess, helper: string): Result<Host>;
  /** Does it show its key and take ours? SERVER_UNREACHABLE, HOST_KEY_CHANGED. */
  greet(access: SshAccess): Promise<Result<void>>;
  /** The key that answers there now, whoever that is; nothing of ours is shown. SERVER_UNREACHABLE. */
  offeredKey(place: SshPlace): Promise<Result<SshPublicKey>>;
  /** Ends all connections. */
  close(): void;
}
/** Nest token. */
export const HOSTS = Symbol('Hosts');
