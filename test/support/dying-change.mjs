/**
 * A process that makes one change of a server as a worker does: stage, test, apply, prune. It kills itself right before the step on the
 * disk, the signal, or the word to a socket, whose number it is given; without one it goes through and says how many there were.
 */
import fs from 'node:fs';
import net from 'node:net';
import { syncBuiltinESMExports } from 'node:module';

const { kind, place, listeners, serving, put, fence, dieAt, below } = JSON.parse(process.argv[2]);
let steps = 0;
const step = () => {
  if (++steps === dieAt) process.kill(process.pid, 'SIGKILL');
};

const kill = process.kill.bind(process);
process.kill = (pid, signal) => {
  if (signal === 'SIGHUP' || signal === 'SIGUSR2') step();
  return kill(pid, signal);
};
const { promises } = fs;
const concerns = (...paths) => paths.some((path) => typeof path === 'string' && path.startsWith(below));
for (const name of ['mkdir', 'rename', 'rmdir', 'unlink', 'symlink']) {
  const original = promises[name];
  promises[name] = (...args) => {
    if (concerns(...args)) step();
    return original(...args);
  };
}
const open = promises.open;
promises.open = async (path, flags, mode) => {
  const changes = concerns(path) && typeof flags === 'number' && (flags & fs.constants.O_CREAT) !== 0;
  if (changes) step();
  const file = await open(path, flags, mode);
  if (!changes) return file;
  for (const name of ['writeFile', 'sync']) {
    const original = file[name].bind(file);
    file[name] = (...args) => {
      step();
      return original(...args);
    };
  }
  return file;
};
const connect = net.connect;
net.connect = (path, ...more) => {
  if (concerns(path)) step();
  return connect(path, ...more);
};
syncBuiltinESMExports();

// Only now: what they import is what was made above.
const { LocalHost } = await import('../../dist/adapters/hosts/local/local-host.js');
const { placeServers } = await import('../../dist/adapters/installers/members.js');
const { Turns } = await import('../../dist/adapters/turns.js');
const { Secret } = await import('../../dist/values/secret.js');
const { unwrap } = await import('../../dist/values/result.js');

const [{ placed }] = unwrap(placeServers([{ name: 'dying', kind, place }])).onDisk;
const parts = { serverName: 'dying', listeners, mail: [], serving, clock: { now: () => Date.now() }, turns: new Turns() };
const installer = placed.installer({ ...parts, host: new LocalHost(placed) });
const withSecrets = put.map((each) => ({
  ...each,
  certificates: each.certificates.map((files) => ({ ...files, key: Secret.of(files.key) })),
}));
const generation = unwrap(await installer.stage({ put: withSecrets, remove: [] }, fence));
unwrap(await installer.test(generation));
unwrap(await installer.apply(generation, fence));
unwrap(await installer.prune(fence));
process.stdout.write(String(steps));
