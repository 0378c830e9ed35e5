/**
 * A real Apache for a test: Debian's program with a configuration of its own, on free ports of two loopback addresses, in a directory of its
 * own. Its configuration is the foreign one that Hostseal is put into.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local/local-host.js';
import type { Host } from '../../../src/adapters/hosts/host.js';
import { admit } from '../../../src/adapters/installers/apache/admit.js';
import { apacheDialect } from '../../../src/adapters/installers/apache/apache-dialect.js';
import type { ApachePlace } from '../../../src/adapters/installers/apache/apache-place.js';
import { apacheVerbs } from '../../../src/adapters/installers/apache/server/verbs.js';
import { GenerationInstaller } from '../../../src/adapters/installers/generations/generation.installer.js';
import type { Listener } from '../../../src/adapters/installers/installer.js';
import { Turns } from '../../../src/adapters/turns.js';
import { instant } from '../../../src/values/instant.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { freePort } from '../suite/free-port.js';
import { part } from '../suite/parts.js';
import { waitFor } from '../suite/wait-for.js';

export type TestApache = {
  readonly directory: string;
  readonly place: ApachePlace;
  readonly listeners: readonly [Listener, Listener];
  readonly host: Host;
  readonly installer: GenerationInstaller;
  /** One more on the same tree, with other parts where they are given. */
  another(other?: { host?: Host; place?: ApachePlace; listeners?: readonly Listener[] }): GenerationInstaller;
  pid(): Promise<number>;
  /** SIGKILL of the master and its children; resolves when they are gone. */
  kill(): Promise<void>;
  /** Again, on what is there. */
  start(): Promise<void>;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
};

type Foreign = {
  /** Above the sites. */
  readonly main?: string;
  /** In a file that the main configuration includes last, as distributions do. */
  readonly sites?: string;
  /** Besides those without which no Apache starts. */
  readonly modules?: readonly string[];
};

/** `tree`: below its directory where absent. */
export async function startTestApache({ tree, ...foreign }: Foreign & { tree?: string } = {}): Promise<TestApache> {
  const directory = await mkdtemp(join(tmpdir(), 'apache-'));
  // Its children are of another user where this runs as root.
  await chmod(directory, 0o711);
  const place = {
    ...{ binary: part('apache2'), mainConfiguration: join(directory, 'apache.conf'), modules: MODULES },
    tree: tree ?? join(directory, 'tree'),
  };
  const [first, second] = [await freeListener('127.0.0.1'), await freeListener('127.0.0.2')];
  await mkdir(join(directory, 'sites'));
  await writeFile(join(directory, 'sites/sites.conf'), foreign.sites ?? '');
  await writeFile(place.mainConfiguration, foreignConfiguration(directory, await freePort('127.0.0.1'), foreign));
  const host = new LocalHost({ tree: place.tree, verbs: apacheVerbs(place), admit: admit(place) });
  const clock = { now: () => instant(Date.now()) };
  const turns = new Turns();
  const another: TestApache['another'] = (other) => {
    const here = { host, place, listeners: [first, second], ...other };
    return new GenerationInstaller({
      ...{ serverName: 'test apache', host: here.host, tree: here.place.tree, clock, turns },
      dialect: apacheDialect(here),
    });
  };
  const pid = async () => Number(await readFile(join(directory, 'apache.pid'), 'utf8').catch(() => '0'));
  const end = async (signal: NodeJS.Signals) => {
    const master = await pid();
    if (master === 0 || !(await isThere(master))) return;
    const all = [master, ...(await childrenOf(master))];
    // Children of a killed master would go on serving.
    for (const each of signal === 'SIGKILL' ? all : [master]) process.kill(each, signal);
    for (const each of all) await waitFor('apache to end', async () => !(await isThere(each)));
  };
  const start = () => startMaster(place, directory);
  await start();
  return {
    ...{ directory, place, listeners: [first, second], host, another, pid, start },
    installer: another(),
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const MODULES = '/usr/lib/apache2/modules';

/** What an administrator wrote. It listens at a port of its own, and has neither mod_ssl nor mod_rewrite. */
const foreignConfiguration = (directory: string, port: number, { main = '', modules = [] }: Foreign): string => `# The administrator's own.
ServerRoot ${directory}
ServerName admin.example
PidFile apache.pid
ErrorLog error.log
${['mpm_event', 'authz_core', ...modules].map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User nobody\nGroup nogroup' : ''}
StartServers 1
ThreadsPerChild 16
MaxRequestWorkers 64
Mutex file:${directory} default
<Directory />
	Require all denied
</Directory>
Listen 127.0.0.1:${port}
${main}
# Their sites.
IncludeOptional sites/*.conf
`;

/** Resolves when it takes connections: its pid file is written after its sockets listen. */
async function startMaster({ binary, mainConfiguration }: ApachePlace, directory: string): Promise<void> {
  await rm(join(directory, 'apache.pid'), { force: true });
  const child = spawn(binary, ['-f', mainConfiguration, '-DFOREGROUND'], { stdio: 'ignore', detached: true });
  const log = () => readFile(join(directory, 'error.log'), 'utf8').catch(() => '');
  await waitFor('apache to start', async () => {
    if (child.exitCode !== null) throw new Error(`apache does not start: ${await log()}`);
    return (await childrenOf(child.pid!)).length > 0;
  });
}

const childrenOf = async (pid: number): Promise<readonly number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ').filter(Boolean).map(Number);

/** One that has ended, and whose parent has not heard, has no command line. */
const isThere = async (pid: number): Promise<boolean> => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';

async function freeListener(address: string): Promise<Listener> {
  return { address: address as IpAddress, httpPort: await freePort(address), httpsPort: await freePort(address) };
}
