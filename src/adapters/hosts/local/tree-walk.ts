/**
 * The way from the tree's root to a path, looked at step by step: every folder on it is a real folder, ours, and writable by nobody
 * else. So no other user can put a link in the way, between the look and the use either.
 */
import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { HostPath } from '../host-path.js';
import { syncDirectory } from './durable-write.js';

/** Others may pass through to what they may read, and see no names. */
export const TREE_FOLDER_MODE = 0o711;

/** The absolute path of `path`, its folders checked; undefined where one of them is not there. CHANGED_BY_HAND as in host.ts. */
export async function walkTo(tree: string, path: HostPath): Promise<Result<string | undefined>> {
  let folder = tree;
  for (const segment of ['', ...path.split('/').slice(0, -1)]) {
    folder = join(folder, segment);
    const checked = await checkFolder(tree, folder);
    if (!checked.ok || !checked.value) return checked.ok ? ok(undefined) : checked;
  }
  return ok(join(tree, path));
}

/** As `walkTo`, and makes the folders that are not there, durably. */
export async function makeWayTo(tree: string, path: HostPath): Promise<Result<string>> {
  let folder = tree;
  for (const segment of ['', ...path.split('/').slice(0, -1)]) {
    folder = join(folder, segment);
    const checked = await checkFolder(tree, folder);
    if (!checked.ok) return checked;
    if (checked.value) continue;
    await mkdir(folder, { mode: TREE_FOLDER_MODE }).catch(ignorePresence);
    // The tree itself is made outside of its lock: another first writer may have come before, and so may anybody else.
    const made = await checkFolder(tree, folder);
    if (!made.ok) return made;
    await syncDirectory(dirname(folder));
  }
  return ok(join(tree, path));
}

/** True for a folder as it should be, false where there is nothing. */
async function checkFolder(tree: string, folder: string): Promise<Result<boolean>> {
  const found = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return ok(false);
  const name = folder === tree ? tree : folder.slice(tree.length + 1);
  if (found.isSymbolicLink()) return err(changedByHand(name, 'it is a link'));
  if (!found.isDirectory()) return err(changedByHand(name, 'it is no folder'));
  if (found.uid !== process.geteuid?.()) return err(changedByHand(name, 'it belongs to another user'));
  if ((found.mode & OTHERS_MAY_WRITE) !== 0) return err(changedByHand(name, 'other users may write in it'));
  return ok(true);
}

function ignorePresence(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

const OTHERS_MAY_WRITE = 0o022;

export const changedByHand = (path: string, detail: string) => problem('CHANGED_BY_HAND', { path, detail });
