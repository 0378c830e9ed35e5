/** One request to one helper over one channel: the far end's only command takes the name, and leads the channel to that helper's socket. */
import { once } from 'node:events';
import type { Client, ClientChannel } from 'ssh2';
import { ok, type Result } from '../../../values/result.js';
import { withDeadline } from '../../network/dialing/deadline.js';
import { askSocket } from '../../network/dialing/unix-socket.js';
import { helperUnreachable, reasonOf, type HelperReply, type HelperRequest } from '../helper-client.js';
import { CONNECT_EXIT, SHELL_EXIT } from './connect-exit.js';

export type CallLimits = {
  /** Milliseconds for a whole answer. Longer than the longest verb. */
  readonly callTimeoutMs: number;
};

/** A session of a machine under load takes a second. */
const CHANNEL_TIMEOUT_MS = 10_000;
/** Between the end of what a command says and its exit code. */
const EXIT_TIMEOUT_MS = 5000;

export type Asked = {
  readonly reply: Result<HelperReply>;
  /** Its session is over: until then sshd counts it among those of the connection. */
  readonly ended: Promise<unknown>;
};

export async function askThrough(
  client: Client,
  helper: string,
  request: HelperRequest,
  { callTimeoutMs }: CallLimits,
): Promise<Result<Asked>> {
  const channel = await withDeadline(openChannel(client, helper), CHANNEL_TIMEOUT_MS);
  if (channel === 'TIMED_OUT') client.destroy(); // it is of no use any more: the next call opens another one
  if (channel === 'TIMED_OUT' || channel === undefined) return helperUnreachable('cannot be reached (its machine opens no session)');
  let exit: number | undefined;
  channel.on('exit', (code: number | null) => (exit = code ?? undefined)).on('error', () => undefined);
  channel.stderr.on('error', () => undefined).resume();
  const closed = once(channel, 'close').catch(() => undefined);
  const reply = await askOver(channel, request, callTimeoutMs);
  if (!reply.ok) await withDeadline(closed, EXIT_TIMEOUT_MS);
  const told = reply.ok || exit === undefined ? undefined : EXIT_SAYS.get(exit);
  const ended = withDeadline(closed, CHANNEL_TIMEOUT_MS).finally(() => channel.destroy());
  return ok({ reply: told === undefined ? reply : helperUnreachable(told), ended });
}

async function askOver(channel: ClientChannel, request: HelperRequest, timeoutMs: number): Promise<Result<HelperReply>> {
  try {
    const reply = await withDeadline(askSocket({ ...request, createConnection: () => channel, timeoutMs }), timeoutMs);
    if (reply !== 'TIMED_OUT') return ok(reply);
    channel.destroy();
    return helperUnreachable('does not answer in time');
  } catch (error) {
    return helperUnreachable(reasonOf(error));
  }
}

/** Undefined where the connection is broken, or the host opens none. */
function openChannel(client: Client, command: string): Promise<ClientChannel | undefined> {
  return new Promise((resolve) => {
    const opened = (channel: ClientChannel | undefined) => {
      client.off('close', broken);
      resolve(channel);
    };
    const broken = () => opened(undefined);
    client.once('close', broken);
    try {
      client.exec(command, (error, channel) => opened(error ? undefined : channel));
    } catch {
      opened(undefined);
    }
  });
}

const NO_COMMAND = 'cannot be reached (the command in authorized_keys, hostseal-connect, cannot be run there)';
const EXIT_SAYS: ReadonlyMap<number, string> = new Map([
  [CONNECT_EXIT.helperAbsent, 'is not running there (nobody listens at its socket, or it is not for this user)'],
  [CONNECT_EXIT.nameRefused, 'cannot be reached (its name is refused there)'],
  [SHELL_EXIT.cannotRun, NO_COMMAND],
  [SHELL_EXIT.notFound, NO_COMMAND],
]);
