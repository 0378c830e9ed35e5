/**
 * One connection of SSH, opened with the host's pinned key and ours: no passwords, no agent, no compression, and of the algorithms
 * only those that OpenSSH has preferred since 2014. The library is tamed here; nothing else knows its options or its errors.
 */
import type { Client, ConnectConfig, PublicKeyAuthMethod } from 'ssh2';
import { keyType, readSshPublicKey, sshFingerprint, type SshKeyType, type SshPublicKey } from '../../../cores/ssh/public-key.js';
import { endpointText } from '../../../values/ip-address.js';
import { messageOf } from '../../../values/problems/catalogue.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Secret } from '../../../values/secret.js';
import { Deadline } from '../../network/dialing/deadline.js';
import type { Dialer } from '../../network/dialing/dialer.js';
import type { SshAccess, SshPlace } from '../hosts.js';

/** TCP, key exchange and authentication together; across the world that takes a second or two. */
const OPEN_TIMEOUT_MS = 10_000;
/** One that says nothing to two of these is gone. */
const KEEPALIVE_MS = 15_000;

export type SessionOptions = { readonly dialer: Dialer; readonly openTimeoutMs?: number };

/** Ready to open channels; the caller ends it. SERVER_UNREACHABLE, HOST_KEY_CHANGED. */
export async function openSession({ dialer, openTimeoutMs }: SessionOptions, access: SshAccess): Promise<Result<Client>> {
  const { hostKey: pinned } = access;
  const reached = await shakeHands(dialer, access, openTimeoutMs, { pinned, key: access.key });
  if (reached.client) return ok(reached.client);
  const { offered } = reached;
  if (offered === undefined || offered === pinned) return err(reached.problem);
  const { address, port } = access;
  return err(
    problem('HOST_KEY_CHANGED', { server: access.id, address, port, pinned: sshFingerprint(pinned), offered: sshFingerprint(offered) }),
  );
}

/** What answers there shows its key first; then we leave. */
export async function offeredKey({ dialer, openTimeoutMs }: SessionOptions, place: SshPlace): Promise<Result<SshPublicKey>> {
  const { offered, problem: why } = await shakeHands(dialer, place, openTimeoutMs, undefined);
  return offered === undefined ? err(why!) : ok(offered);
}

type Credentials = { readonly pinned: SshPublicKey; readonly key: Secret };
type Reached = { readonly offered: SshPublicKey | undefined } & (
  { readonly client: Client; readonly problem?: never } | { readonly client?: never; readonly problem: Problem }
);

/** Without credentials it ends when the host has shown its key. */
async function shakeHands(
  dialer: Dialer,
  { id, address, port, user }: SshPlace,
  limitMs: number = OPEN_TIMEOUT_MS,
  credentials: Credentials | undefined,
): Promise<Reached> {
  const deadline = new Deadline(limitMs);
  const unreachable = (detail: string, cause?: Problem): Problem =>
    problem(
      'SERVER_UNREACHABLE',
      { server: id, detail: `${detail} (${user}@${endpointText({ address, port })})` },
      cause ? { sub: [cause] } : {},
    );
  const dialled = await dialer.connect({ address, port }, { timeoutMs: limitMs });
  if (!dialled.ok) return { offered: undefined, problem: unreachable(notDialled(dialled.problem), dialled.problem) };
  // It takes a tenth of a second to load, which a platform without other machines need not wait for.
  const { Client } = (await import('ssh2')).default;
  const client = new Client();
  let offered: SshPublicKey | undefined;
  return new Promise((resolve) => {
    const fail = (detail: string) => {
      client.destroy();
      dialled.value.destroy();
      resolve({ offered, problem: unreachable(detail) });
    };
    client.on('error', (error: SshError) => fail(whyNot(error, user)));
    client.once('close', () => fail('it closed the connection'));
    client.once('ready', () => resolve({ offered, client }));
    const shown = (blob: Buffer): boolean => {
      const key = readSshPublicKey(blob);
      offered = key.ok ? key.value : undefined;
      return offered !== undefined && offered === credentials?.pinned;
    };
    try {
      client.connect({
        ...{ sock: dialled.value, username: user, hostVerifier: shown, algorithms: algorithms(credentials && keyType(credentials.pinned)) },
        ...{ readyTimeout: Math.max(1, deadline.remainingMs), keepaliveInterval: KEEPALIVE_MS, keepaliveCountMax: 2 },
        // One way to prove who we are, and no question before it.
        authHandler: credentials ? [ourKey(user, credentials.key)] : [],
      });
    } catch {
      // The library's words may hold what it was given: a key.
      fail('the library for SSH refuses what it was given');
    }
  });
}

function notDialled(cause: Problem): string {
  if (cause.code === 'CONNECTION_REFUSED') return 'it refuses the connection';
  if (cause.code === 'CONNECTION_TIMED_OUT') return 'it does not answer in time';
  return messageOf(cause).replace(/[.]$/, '');
}

const ourKey = (username: string, key: Secret): PublicKeyAuthMethod => ({ type: 'publickey', username, key: key.revealText() });

type SshError = Error & { readonly level?: string };

function whyNot({ level, message }: SshError, user: string): string {
  if (level === 'client-authentication') return `it does not take Hostseal's key for the user ${user}`;
  if (level === 'client-timeout') return 'it does not answer in time';
  if (level === 'client-socket') return 'it closed the connection';
  if (message.includes('no matching')) return `it has none of the algorithms that Hostseal uses (${message.slice(0, 100)})`;
  if (message === 'Connection lost before handshake') return 'it closed the connection';
  return 'it does not speak SSH as Hostseal does';
}

/** The pinned type first: a host that has several keys shows that one, and one that has it no more shows another. */
function algorithms(first: SshKeyType = 'ssh-ed25519'): NonNullable<ConnectConfig['algorithms']> {
  const types = Object.keys(SIGNATURES) as SshKeyType[];
  return {
    kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
    serverHostKey: [first, ...types.filter((type) => type !== first)].flatMap((type) => SIGNATURES[type]),
    cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com'],
    // Said, and not used: the ciphers above authenticate by themselves.
    hmac: ['hmac-sha2-256-etm@openssh.com'],
    compress: ['none'],
  };
}

/** Never SHA-1: `ssh-rsa` as a signature is left out (RFC 8332). */
const SIGNATURES = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const satisfies Record<SshKeyType, readonly string[]>;
