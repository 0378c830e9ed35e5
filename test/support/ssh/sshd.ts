/** A real OpenSSH server on loopback, with host keys of its own, that lets one account do one thing: lead a channel to a helper's socket. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseSshPublicKey, type SshPublicKey } from '../../../src/cores/ssh/public-key.js';
import { canRead, findUser, isRoot, type Identity } from '../../../src/platform/config/identity.js';
import { unwrap } from '../../../src/values/result.js';
import { freePort } from '../suite/free-port.js';
import { part } from '../suite/parts.js';
import { waitFor } from '../suite/wait-for.js';

export type TestSshd = {
  readonly port: number;
  /** The account of the other machine, never root where that can be had. */
  readonly user: string;
  readonly identity: Identity;
  /** The one that it shows now. */
  readonly hostKey: SshPublicKey;
  /** Where helpers put their sockets. */
  readonly sockets: string;
  /** Has authorized_keys let this key in, for hostseal-connect or another command. */
  letIn(publicKey: SshPublicKey, command?: string): void;
  /** A line for authorized_keys as `registerHost` answers it; hostseal-connect lies elsewhere here. */
  authorize(line: string): void;
  /** It gets a host key of another type or a new one: as after an installation anew. */
  newHostKey(type?: 'ed25519' | 'rsa'): Promise<SshPublicKey>;
  /** It and all its sessions, at once. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

const GUEST = 'hostseal-test';

export async function startSshd(): Promise<TestSshd> {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'sshd-'));
  fs.chmodSync(base, 0o755);
  const identity = isRoot() ? findUser(GUEST) : { uid: process.getuid!(), gid: process.getgid!() };
  if (!identity) throw new Error(`the user ${GUEST} is missing: run test/parts.sh`);
  const user = isRoot() ? GUEST : os.userInfo().username;
  const sockets = path.join(base, 'sockets');
  fs.mkdirSync(sockets, { mode: 0o711 });
  const at = (name: string) => path.join(base, name);
  const connect = placeOfConnect(base, identity);
  const port = await freePort();
  // Made by the package's init script elsewhere: an empty folder, to which sshd locks what reads strangers' bytes.
  if (isRoot()) fs.mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  fs.writeFileSync(at('authorized_keys'), '');
  fs.writeFileSync(at('config'), configuration({ port, hostKey: at('host_key'), authorizedKeys: at('authorized_keys') }));
  let server: ChildProcess;

  const start = async () => {
    server = spawn(part('sshd'), ['-D', '-e', '-f', at('config')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    server.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await waitFor(`sshd to listen at ${port}`, async () => {
      if (server.exitCode !== null) throw new Error(`sshd ended: ${said}`);
      return said.includes('Server listening');
    });
  };
  const kill = async () => {
    const ended = server.exitCode === null && server.signalCode === null ? once(server, 'exit') : undefined;
    for (const pid of [server.pid!, ...descendants(server.pid!)]) killed(pid);
    await ended;
  };
  const makeHostKey = (type: 'ed25519' | 'rsa' = 'ed25519') => {
    for (const file of [at('host_key'), at('host_key.pub')]) fs.rmSync(file, { force: true });
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', at('host_key')]);
    return unwrap(parseSshPublicKey(fs.readFileSync(at('host_key.pub'), 'utf8')));
  };
  const addLine = (line: string) => fs.appendFileSync(at('authorized_keys'), `${line}\n`);
  let hostKey = makeHostKey();
  await start();
  return {
    ...{ port, user, identity, sockets, kill, start },
    get hostKey() {
      return hostKey;
    },
    letIn: (publicKey, command = connect) => addLine(`restrict,command="${command} ${sockets}" ${publicKey} hostseal`),
    authorize: (line) => addLine(line.replace('/opt/hostseal/bin/hostseal-connect', `${connect} ${sockets}`)),
    newHostKey: async (type) => {
      await kill();
      hostKey = makeHostKey(type);
      await start();
      return hostKey;
    },
    stop: async () => {
      await kill();
      fs.rmSync(base, { recursive: true });
    },
  };
}

/** It would let everything through: what is refused, `restrict` in authorized_keys refuses. */
const configuration = (place: { port: number; hostKey: string; authorizedKeys: string }): string => `
ListenAddress 127.0.0.1
Port ${place.port}
HostKey ${place.hostKey}
AuthorizedKeysFile ${place.authorizedKeys}
PidFile none
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowTcpForwarding yes
AllowAgentForwarding yes
AllowStreamLocalForwarding yes
PermitTunnel yes
Subsystem sftp internal-sftp
MaxStartups 200
# Its files lie in /tmp.
StrictModes no
${hasPenalties() ? 'PerSourcePenalties no' : ''}
`;

/** From OpenSSH 9.8 on it shuts out an address that has failed often: that of all of the tests here. */
function hasPenalties(): boolean {
  const said = execFileSync('sh', ['-c', '"$0" -V 2>&1 || true', part('sshd')], { encoding: 'utf8' });
  const [, major = 0, minor = 0] = /OpenSSH_(\d+)\.(\d+)/.exec(said)?.map(Number) ?? [];
  return major > 9 || (major === 9 && minor >= 8);
}

/** In the project, or in a copy of the few files where the guest cannot read those: a clone below /root. */
function placeOfConnect(base: string, identity: Identity): string {
  const inProject = path.resolve('bin/hostseal-connect');
  const main = 'dist/adapters/hosts/ssh/hostseal-connect.main.js';
  if (!fs.existsSync(main)) throw new Error(`${main} is missing: npm run build`);
  if (!isRoot() || [inProject, main, process.execPath].every((file) => canRead(file, identity))) return inProject;
  const copy = path.join(base, 'project');
  for (const file of [
    'bin/hostseal-connect',
    'package.json',
    main,
    'dist/adapters/hosts/ssh/connect-exit.js',
    'dist/adapters/hosts/helper-name.js',
  ])
    fs.cpSync(file, path.join(copy, file));
  fs.cpSync(process.execPath, path.join(copy, 'node_modules/.bin/node'));
  execFileSync('chmod', ['-R', 'a+rX', copy]);
  return path.join(copy, 'bin/hostseal-connect');
}

function descendants(pid: number): number[] {
  const children = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** proc(5): the second field after the program's name, which may hold anything but ends at the last `)`. */
function parentOf(pid: string): number | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
