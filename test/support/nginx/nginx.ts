/**
 * A real nginx for a test: Debian's program with a configuration of its own, on free ports of two loopback addresses, in a directory of
 * its own, as a child of this process. Its configuration is the foreign one that Hostseal is put into.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local/local-host.js';
import type { Host } from '../../../src/adapters/hosts/host.js';
import { GenerationInstaller } from '../../../src/adapters/installers/generations/generation.installer.js';
import { NGINX } from '../../../src/adapters/installers/nginx/manifest.js';
import { nginxDialect } from '../../../src/adapters/installers/nginx/nginx-dialect.js';
import type { NginxPlace } from '../../../src/adapters/installers/nginx/nginx-place.js';
import type { Change, Listener, Serving } from '../../../src/adapters/installers/installer.js';
import type { CertificateName } from '../../../src/values/hostname.js';
import { instant } from '../../../src/values/instant.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { unwrap } from '../../../src/values/result.js';
import { Secret } from '../../../src/values/secret.js';
import { Turns } from '../../../src/adapters/turns.js';
import { freePort } from '../suite/free-port.js';
import type { TestCertificate } from '../pki/certificates.js';
import { part } from '../suite/parts.js';

export type TestNginx = {
  readonly directory: string;
  readonly place: NginxPlace;
  readonly listeners: readonly [Listener, Listener];
  readonly host: Host;
  readonly installer: GenerationInstaller;
  /** One more on the same tree, with other parts where they are given. */
  another(other?: { host?: Host; place?: NginxPlace; listeners?: readonly Listener[]; serving?: Serving }): GenerationInstaller;
  /** SIGKILL of the master and its workers; resolves when they are gone. */
  kill(): Promise<void>;
  /** Again, on what is there. */
  start(): Promise<void>;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
};

/** `tree`: below its directory where absent. `http`: more lines in its http block. */
export async function startTestNginx({
  tree,
  http = '',
  main = '',
  serving = 'FILES',
}: { tree?: string; http?: string; main?: string; serving?: Serving } = {}): Promise<TestNginx> {
  const directory = await mkdtemp(join(tmpdir(), 'nginx-'));
  // Its workers are of another user where this runs as root.
  await chmod(directory, 0o711);
  const place = { binary: part('nginx'), mainConfiguration: join(directory, 'nginx.conf'), tree: tree ?? join(directory, 'tree') };
  const [first, second] = [await freeListener('127.0.0.1'), await freeListener('127.0.0.2')];
  await writeFile(place.mainConfiguration, foreignConfiguration(directory, http, main));
  const host = new LocalHost(unwrap(NGINX.place(place)));
  const clock = { now: () => instant(Date.now()) };
  const turns = new Turns();
  const another: TestNginx['another'] = (other) => {
    const here = { host, place, listeners: [first, second], serving, ...other };
    return new GenerationInstaller({
      serverName: 'test nginx',
      host: here.host,
      tree: here.place.tree,
      dialect: nginxDialect(here),
      clock,
      turns,
    });
  };
  let master: ChildProcess | undefined;
  const start = async () => void (master = await startMaster(place, directory));
  const end = async (signal: NodeJS.Signals) => {
    if (!master?.pid || master.exitCode !== null || master.signalCode !== null) return;
    const ended = once(master, 'exit');
    // The group: workers of a killed master would go on serving.
    process.kill(-master.pid, signal);
    await ended;
  };
  await start();
  return {
    directory,
    place,
    listeners: [first, second],
    host,
    installer: another(),
    another,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What Hostseal is started with to drive it. */
export const nginxVariables = ({ place }: Pick<TestNginx, 'place'>) => ({
  HOSTSEAL_NGINX_CONFIG: place.mainConfiguration,
  HOSTSEAL_NGINX_BINARY: place.binary,
  HOSTSEAL_NGINX_TREE: place.tree,
});

/** What an administrator wrote, with a site of their own. */
const foreignConfiguration = (directory: string, http: string, main: string): string => `# The administrator's own.
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
worker_processes 2;
${main}
events {
	worker_connections 512;
}

http {
	access_log off;
	client_body_temp_path ${directory}/body;
	proxy_temp_path ${directory}/proxy;
	fastcgi_temp_path ${directory}/fastcgi;
	uwsgi_temp_path ${directory}/uwsgi;
	scgi_temp_path ${directory}/scgi;
	${http}
}
`;

/** Resolves when it answers: its pid file is written after its sockets listen. */
async function startMaster({ binary, mainConfiguration }: NginxPlace, directory: string): Promise<ChildProcess> {
  await rm(join(directory, 'nginx.pid'), { force: true });
  const child = spawn(binary, ['-c', mainConfiguration, '-e', join(directory, 'error.log'), '-g', 'daemon off;'], {
    stdio: 'ignore',
    detached: true,
  });
  while (!existsSync(join(directory, 'nginx.pid'))) {
    if (child.exitCode !== null) throw new Error(`nginx does not start: ${await readFile(join(directory, 'error.log'), 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return child;
}

async function freeListener(address: string): Promise<Listener> {
  return { address: address as IpAddress, httpPort: await freePort(address), httpsPort: await freePort(address) };
}

/** Pids, also of those that are shutting down. */
export async function workersOf({ directory }: Pick<TestNginx, 'directory'>): Promise<readonly string[]> {
  const pid = (await readFile(join(directory, 'nginx.pid'), 'utf8')).trim();
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
}

/** Sites at its first address. */
export const putAt = (
  { listeners }: Pick<TestNginx, 'listeners'>,
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
export async function installOnNginx(installer: GenerationInstaller, change: Change, fence = 1): Promise<number> {
  const generation = unwrap(await installer.stage(change, fence));
  unwrap(await installer.test(generation));
  unwrap(await installer.apply(generation, fence));
  return generation;
}
