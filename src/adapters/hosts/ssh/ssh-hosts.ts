/** Other machines over SSH (RFC 4251 to 4254, OpenSSH): a connection to each, which its servers share. */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { SshPublicKey } from '../../../cores/ssh/public-key.js';
import { HelperClient } from '../helper-client.js';
import { HELPER_NAME } from '../helper-name.js';
import type { Host } from '../host.js';
import type { Hosts, SshAccess, SshPlace } from '../hosts.js';
import { offeredKey } from './open-session.js';
import { SshConnection, type ConnectionOptions } from './ssh-connection.js';

export class SshHosts implements Hosts {
  readonly #connections = new Map<string, SshConnection>();

  constructor(private readonly options: ConnectionOptions) {}

  through(access: SshAccess, helper: string): Result<Host> {
    if (!HELPER_NAME.test(helper)) return err(problem('INVALID_INPUT', { detail: 'that is no name of a helper' }, { subject: helper }));
    return ok(new HelperClient((request) => this.#to(access).ask(helper, request)));
  }

  greet(access: SshAccess): Promise<Result<void>> {
    return this.#to(access).greet();
  }

  offeredKey(place: SshPlace): Promise<Result<SshPublicKey>> {
    return offeredKey(this.options, place);
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  /** A host whose place or pinned key is another one now is another host: nothing goes through what was opened before. */
  #to(access: SshAccess): SshConnection {
    const known = this.#connections.get(access.id);
    if (known && isSame(known.access, access)) return known;
    known?.close();
    const made = new SshConnection(access, this.options);
    this.#connections.set(access.id, made);
    return made;
  }
}

const isSame = (a: SshAccess, b: SshAccess): boolean =>
  a.address === b.address && a.port === b.port && a.user === b.user && a.hostKey === b.hostKey && a.key.revealText() === b.key.revealText();
