/**
 * A real HAProxy for a test: Debian's program with a configuration of its own, on free ports of two loopback addresses, in a directory of its own,
 * as a child of this process. Its configuration is the foreign one; ours is named behind it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local/local-host.js';
import type { Host } from '../../../src/adapters/hosts/host.js';
import { admit } from '../../../src/adapters/installers/haproxy/admit.js';
import { currentConfiguration, type HaproxyPlace } from '../../../src/adapters/installers/haproxy/haproxy-place.js';
import { HaproxyInstaller } from '../../../src/adapters/installers/haproxy/haproxy.installer.js';
import { haproxyVerbs } from '../../../src/adapters/installers/haproxy/server/verbs.js';
import type { Change, Listener } from '../../../src/adapters/installers/installer.js';
import { Turns } from '../../../src/adapters/turns.js';
import type { CertificateName } from '../../../src/values/hostname.js';
import { instant } from '../../../src/values/instant.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';
import { Secret } from '../../../src/values/secret.js';
import type { TestCertificate } from '../pki/certificates.js';
import { freePort } from '../suite/free-port.js';
import { part } from '../suite/parts.js';
import { waitFor } from '../suite/wait-for.js';

export type TestHaproxy = {
  readonly directory: string;
  readonly place: HaproxyPlace;
  readonly listeners: readonly [Listener, Listener];
  readonly host: Host;
  readonly installer: HaproxyInstaller;
  /** One more on the same tree, with other parts where they are given. */
  another(other?: { host?: Host; place?: HaproxyPlace; listeners?: readonly Listener[] }): HaproxyInstaller;
  /** What an administrator would say to its stats socket. */
  say(command: string): Promise<string>;
  /** SIGKILL of it and its workers; resolves when they are gone. */
  kill(): Promise<void>;
  /** Again, on what is there. `alone`: without a master. `without`: not with our file. */
  start(how?: { alone?: boolean; without?: boolean }): Promise<void>;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
};

/** `tree`: below its directory where absent. `sections`: more of the administrator's. */
export async function startTestHaproxy({ tree, sections = '' }: { tree?: string; sections?: string } = {}): Promise<TestHaproxy> {
  const directory = await mkdtemp(join(tmpdir(), 'haproxy-'));
  const place: HaproxyPlace = {
    binary: part('haproxy'),
    configuration: [join(directory, 'haproxy.cfg')],
    tree: tree ?? join(directory, 'tree'),
    statsSocket: join(directory, 'admin.sock'),
  };
  const [first, second] = [await freeListener('127.0.0.1'), await freeListener('127.0.0.2')];
  await writeFile(place.configuration[0]!, foreignConfiguration(place.statsSocket, sections));
  const host = new LocalHost({ tree: place.tree, verbs: haproxyVerbs(place), admit: admit(place.tree) });
  const clock = { now: () => instant(Date.now()) };
  const turns = new Turns();
  const another: TestHaproxy['another'] = (other) =>
    new HaproxyInstaller({ serverName: 'test haproxy', host, place, listeners: [first, second], clock, turns, ...other });
  let master: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (!master?.pid || master.exitCode !== null || master.signalCode !== null) return;
    const ended = once(master, 'exit');
    // The group: workers of a killed master would go on serving.
    process.kill(-master.pid, signal);
    await ended;
  };
  const start: TestHaproxy['start'] = async ({ alone = false, without = false } = {}) => {
    await rm(place.statsSocket, { force: true });
    const ours = without ? [] : ['-f', currentConfiguration(place)];
    const child = spawn(place.binary, [alone ? '-db' : '-Wdb', ...place.configuration.flatMap((file) => ['-f', file]), ...ours], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    master = child;
    await waitFor('haproxy to start', async () => {
      if (child.exitCode !== null) throw new Error(`haproxy does not start: ${said}`);
      return (await say(place.statsSocket, 'show info').catch(() => '')).includes('Pid:');
    });
  };
  const installer = another();
  // Our file has to be there before it is started with it.
  unwrap(await installer.stage({ put: [], remove: [] }, 0));
  await start();
  return {
    ...{ directory, place, listeners: [first, second], host, installer, another, start },
    say: (command) => say(place.statsSocket, command),
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What an administrator wrote. */
const foreignConfiguration = (statsSocket: string, sections: string): string => `# The administrator's own.
global
	stats socket ${statsSocket} level admin expose-fd listeners
	maxconn 512

defaults
	mode http
	timeout client 5s
	timeout connect 5s
	timeout server 5s

${sections}
`;

function say(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => socket.write(`${command}\n`));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

async function freeListener(address: string): Promise<Listener> {
  return { address: address as IpAddress, httpPort: await freePort(address), httpsPort: await freePort(address) };
}

/** Sites at its first address. */
export const putAt = (
  { listeners }: Pick<TestHaproxy, 'listeners'>,
  sites: Readonly<Record<string, readonly TestCertificate[]>>,
): Change => ({
  put: Object.entries(sites).map(([name, certificates]) => ({
    key: { address: listeners[0].address, port: listeners[0].httpsPort, name: name as CertificateName },
    certificates: certificates.map(({ fingerprint, chainPem, keyPem }) => ({ fingerprint, chain: chainPem, key: Secret.of(keyPem) })),
    route: 'NONE' as const,
  })),
  remove: [],
});

/** Stages, tests and applies. */
export async function installOnHaproxy(installer: HaproxyInstaller, change: Change, fence = 1): Promise<number> {
  const generation = unwrap(await installer.stage(change, fence));
  unwrap(await installer.test(generation));
  unwrap(await installer.apply(generation, fence));
  return generation;
}
