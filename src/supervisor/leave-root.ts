/**
 * What root does, and all that root does: it finds or makes the system user, gives it a home and a program that it can reach,
 * and replaces this process (execve(2): same pid, same terminal) by one of that user. So nothing of ours ever opens, writes
 * or owns a file as root in a place where the system user could have laid a link. Where it leads servers of the machine, a helper of root's
 * stays (server-helper.ts).
 */
import fs from 'node:fs';
import path from 'node:path';
import type { ServerHere } from '../adapters/installers/members.js';
import type { Config } from '../platform/config/config.js';
import { openInstance } from '../platform/config/home.js';
import { ACME, dataElsewhere, INSTANCE_ID_FILE } from '../platform/config/home-layout.js';
import { canReach, canRead, isRoot, type Identity } from '../platform/config/identity.js';
import type { Problem } from '../values/problems/problem.js';
import type { Random } from '../values/random.js';
import { ok, type Result } from '../values/result.js';
import { childEnvironment } from './child-environment.js';
import { say } from './problems.js';
import { startServerHelper } from './server-helper.js';
import { copyRuntime, project } from './runtime-copy.js';
import { systemUser } from './system-user.js';

/** Returns undefined where we are not root; does not return where we are, but with a problem. */
export async function leaveRoot(
  config: Config,
  servers: readonly ServerHere[],
  variables: Readonly<Record<string, string>>,
  random: Random,
): Promise<Problem | undefined> {
  if (!isRoot()) return undefined;
  process.umask(0o022); // a hardened root's 077 would close the program's copy to its user
  const place = placeOf(config.home, random);
  if (!place.ok) return place.problem;
  const { home, identity } = place.value;

  const readable = canRead(path.join(project, 'package.json'), identity) && canRead(process.execPath, identity);
  const runtime = readable ? { node: process.execPath, project } : copyRuntime(RUNTIMES);
  const helper = servers.length > 0 ? await startServerHelper(servers, config.serversFile, identity) : undefined;
  if (helper?.ok === false) return helper.problem;
  // Relative paths have been read against this folder, which the system user may not reach.
  process.chdir('/');
  const absolute = { HOSTSEAL_HOME: home, ...filesOf(config) };
  const program = path.join(runtime.project, 'dist/supervisor/main.js');
  const command = [runtime.node, ...process.execArgv, program, ...(helper ? [helper.value] : [])] as const;
  const env = { ...childEnvironment(), ...variables, ...absolute };
  become(identity, command, env, Math.min(config.httpPort, config.httpsPort) < 1024);
}

const filesOf = ({ vaultKeyFile, serversFile }: Config) => ({
  ...(vaultKeyFile && { HOSTSEAL_VAULT_KEY_FILE: vaultKeyFile }),
  ...(serversFile && { HOSTSEAL_SERVERS: serversFile }),
});

/** Who owns the data may read it: a home that a user made is run as that user, who also makes the first file in it. */
function placeOf(home: string, random: Random): Result<{ home: string; identity: Identity }> {
  const owner = fs.existsSync(home) ? fs.statSync(home) : { uid: 0, gid: 0 };
  if (owner.uid !== 0 && canReach(home, owner)) return ok({ home, identity: { uid: owner.uid, gid: owner.gid } });
  const instance = openInstance(home, random);
  if (!instance.ok) return instance;
  const identity = owner.uid === 0 ? systemUser() : { uid: owner.uid, gid: owner.gid };
  const reached = canReach(home, identity) ? home : homeElsewhere(home, instance.value);
  if (fs.statSync(reached).uid === 0) {
    for (const made of [path.join(reached, INSTANCE_ID_FILE), ...acmeFilesOf(reached), reached])
      fs.lchownSync(made, identity.uid, identity.gid);
  }
  return ok({ home: reached, identity });
}

/** What root has put there before the first start. Nobody else could: the home is root's until now. */
function acmeFilesOf(home: string): string[] {
  const folder = path.join(home, ACME);
  if (!fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return [...fs.readdirSync(folder).map((name) => path.join(folder, name)), folder];
}

/** Shared by the instances that are of the same build. */
const RUNTIMES = '/var/lib/hostseal/runtime';

/** Below /root nobody but root gets anywhere. The id goes along: it names the instance, wherever its data is. */
function homeElsewhere(home: string, instanceId: string): string {
  const elsewhere = dataElsewhere(instanceId);
  if (fs.existsSync(elsewhere)) return elsewhere;
  say(`The system user cannot reach ${home}: the data is in ${elsewhere}.`);
  fs.mkdirSync(path.dirname(elsewhere), { recursive: true });
  const making = fs.mkdtempSync(`${elsewhere}.`);
  fs.copyFileSync(path.join(home, INSTANCE_ID_FILE), path.join(making, INSTANCE_ID_FILE));
  fs.renameSync(making, elsewhere);
  return elsewhere;
}

/**
 * For ports below 1024, setpriv(1) leaves it the one right to bind them (capabilities(7), CAP_NET_BIND_SERVICE); Node has no
 * call for that. Without such ports nothing of root's is left.
 */
function become({ uid, gid }: Identity, command: readonly [string, ...string[]], env: NodeJS.ProcessEnv, bindsLowPorts: boolean): never {
  if (!process.execve || !process.setgroups || !process.setgid || !process.setuid) throw new Error(`Node ${process.version} is too old`);
  if (bindsLowPorts) {
    const right = ['--inh-caps=-all,+net_bind_service', '--ambient-caps=-all,+net_bind_service', '--no-new-privs'];
    const setpriv = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...right, ...command];
    return process.execve('/usr/bin/setpriv', setpriv, env);
  }
  process.setgroups([]);
  process.setgid(gid);
  process.setuid(uid);
  return process.execve(command[0], command, env);
}
