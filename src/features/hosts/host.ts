/**
 * Hosts are other machines, on which servers are driven over SSH. They are the administrator's. A host is registered first, which makes
 * a key for it; its own key is looked at and pinned then, and before that it is not used for anything.
 */
import { parseSshPublicKey, type SshPublicKey } from '../../cores/ssh/public-key.js';
import { parseId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { parseIpAddress, type IpAddress } from '../../values/ip-address.js';
import { parseLabel } from '../../values/label.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';

/** UNKNOWN: not asked since its key was pinned, or it has none. */
export const HOST_STATES = ['UNKNOWN', 'REACHABLE', 'UNREACHABLE'] as const;
export type HostState = (typeof HOST_STATES)[number];

export type Host = {
  readonly id: Id<'host'>;
  readonly accountId: Id<'account'>;
  /** For people. */
  readonly name: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly user: string;
  /** The key that it must show. */
  readonly hostKey: SshPublicKey | null;
  /** Ours; the private half is in the vault. */
  readonly publicKey: SshPublicKey;
  readonly keyItemId: Id<'vault'>;
  readonly createdAt: Instant;
  readonly state: HostState;
  /** Since when. */
  readonly stateAt: Instant;
  readonly problem: Problem | null;
};

export type HostInput = { name: string; address: string; port: number; user: string };
export type NewHost = Pick<Host, 'name' | 'address' | 'port' | 'user'>;

export const parseNewHost = ({ name, address, port, user }: HostInput): Result<NewHost> =>
  allFields({ name: parseLabel(name), address: parseIpAddress(address), port: parsePort(port), user: parseUser(user) });

export type PinInput = { hostId: string; hostKey: string };
export const parsePin = ({ hostId, hostKey }: PinInput): Result<{ hostId: Id<'host'>; hostKey: SshPublicKey }> =>
  allFields({ hostId: parseId('host', hostId), hostKey: parseSshPublicKey(hostKey) });

/** RFC 6335 6: 1 to 65535; 0 is reserved. */
const parsePort = (port: number): Result<number> =>
  Number.isInteger(port) && port >= 1 && port <= 65_535 ? ok(port) : err(problem('NOT_A_PORT', { port }));

/** As Debian's adduser takes them. Root has a helper there, and nobody comes as root. */
const USER = /^[a-z][a-z0-9_-]{0,31}$/;
const parseUser = (user: string): Result<string> => {
  if (user === 'root') return err(problem('INVALID_INPUT', { detail: 'never as root' }));
  return USER.test(user) ? ok(user) : err(problem('INVALID_INPUT', { detail: 'not a name of a user' }));
};

/** Where docs/operations.md has it installed on the other machine. */
const CONNECT = '/opt/hostseal/bin/hostseal-connect';

/** For authorized_keys of the user there: this key may run the one command, and nothing else (sshd(8), "restrict"). */
export const authorizedKey = ({ id, publicKey }: Pick<Host, 'id' | 'publicKey'>): string =>
  `restrict,command="${CONNECT}" ${publicKey} hostseal:${id}`;

/** What a look at it found: since when it is so, is as it was where nothing has changed. */
export function seenAs(host: Host, found: Problem | undefined, now: Instant): Pick<Host, 'state' | 'stateAt' | 'problem'> {
  const state: HostState = found ? 'UNREACHABLE' : 'REACHABLE';
  return { state, stateAt: state === host.state ? host.stateAt : now, problem: found ?? null };
}
