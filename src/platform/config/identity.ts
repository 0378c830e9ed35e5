/** The users that child processes run as where the caller is root, and where those users can go. */
import fs from 'node:fs';
import path from 'node:path';

export type Identity = { readonly uid: number; readonly gid: number };

export const isRoot = (): boolean => process.getuid?.() === 0;

/** A user of this machine, by name. Only /etc/passwd is asked: that is where system users are. */
export function findUser(name: string): Identity | undefined {
  const line = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/**
 * May `identity` walk to `target`? Judged by the mode of every folder on the way; a child of ours has no supplementary groups.
 * For a path that is not there yet: to the deepest folder that is.
 */
export function canReach(target: string, identity: Identity): boolean {
  let dir = path.dirname(path.resolve(target));
  while (!fs.existsSync(dir)) dir = path.dirname(dir);
  for (dir = fs.realpathSync(dir); ; dir = path.dirname(dir)) {
    if (!allows(fs.statSync(dir), identity, ENTER)) return false;
    if (dir === '/') return true;
  }
}

/** May `identity` read this file? */
export const canRead = (file: string, identity: Identity): boolean => {
  const real = fs.realpathSync(file);
  return canReach(real, identity) && allows(fs.statSync(real), identity, READ);
};

const READ = 0o4;
const ENTER = 0o1;

/** POSIX: the first class that fits decides, and the others are not asked. */
function allows({ mode, uid, gid }: fs.Stats, identity: Identity, right: number): boolean {
  const shift = identity.uid === uid ? 6 : identity.gid === gid ? 3 : 0;
  return ((mode >> shift) & right) !== 0;
}
