/** Files that are there whole, or not at all, whatever happens while they are written. */
import { constants } from 'node:fs';
import { open, readdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A new file that nobody else had: whole and on disk when it resolves, its directory entry not yet. */
export async function writeSynced(path: string, content: string | Uint8Array, mode: number, group?: number): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode);
  try {
    if (group !== undefined) await file.chown((await file.stat()).uid, group);
    // Whatever the umask of this process is.
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A short link's text lives in its inode: it takes no free block, and so can be replaced on a full disk. */
export async function replaceLink(path: string, to: string, temporary: string): Promise<void> {
  await moveLink(path, to, temporary);
  await syncDirectory(dirname(path));
}

/** The same, its directory entry not on disk yet. */
export async function moveLink(path: string, to: string, temporary: string): Promise<void> {
  await rm(temporary, { force: true });
  await symlink(to, temporary);
  await rename(temporary, path);
}

/** What a crash in the middle of a write left. */
export async function clearFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
}
