/**
 * Writing so that a crash or a full disk leaves the old content or the new, never half of one.
 * A number that must change even on a full disk is a *register*: a symbolic link whose text is the number. Short link texts live in
 * the inode, so replacing one by rename takes no free block, and an undo never fails for want of room.
 */
import { open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Readable by the service alone: the tree holds private keys, and what is not a key is nobody's business either. */
export const OWNER_ONLY = 0o600;
export const OWNER_ONLY_DIRECTORY = 0o700;

/** Content and directory entry are on disk when it resolves. A failure leaves what was there. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeSynced(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** A new file, fsynced; its directory entry is not yet. */
export async function writeSynced(path: string, content: string): Promise<void> {
  const file = await open(path, 'w', OWNER_ONLY);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Whole numbers only. On disk when it resolves. */
export async function writeRegister(path: string, value: number): Promise<void> {
  const temporary = temporaryFor(path);
  await rm(temporary, { force: true });
  await symlink(String(value), temporary);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** 0 where it was never written. Throws where it is there and is not a number: guessing could serve the wrong generation. */
export async function readRegister(path: string): Promise<number> {
  const value = await readlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '0';
    throw error;
  });
  if (!/^\d{1,15}$/.test(value)) throw new Error(`${path} does not hold a number`);
  return Number(value);
}

/** What a crash between write and rename left behind. */
export async function removeTemporaries(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (isTemporary(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

export const temporaryFor = (path: string): string => join(dirname(path), `.${basename(path)}.tmp`);
const isTemporary = (name: string): boolean => name.startsWith('.') && name.endsWith('.tmp');
