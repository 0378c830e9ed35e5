/** A foreign configuration file on the disk: read, and replaced whole where our line is put into it. */
import { chmod, chown, constants, mkdtemp, open, readdir, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

/** One octet is one character, so that whatever encoding it is in comes back as it was. */
export const OCTETS = 'latin1';

/** A configuration of 10,000 sites in one file has a third of this. */
const MAX_BYTES = 16 * 1024 * 1024;

/** In `OCTETS`. SERVER_UNREACHABLE where it cannot be read. */
export async function readForeignFile(path: string): Promise<Result<string>> {
  const text = await readOctets(path).catch((error: NodeJS.ErrnoException) => unreadable(path, error.code ?? 'unknown'));
  return typeof text === 'string' ? ok(text) : text;
}

async function readOctets(path: string): Promise<string | Result<never>> {
  // A pipe would be waited for without end, and the helper reads for all that are served here.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) return unreadable(path, 'it is no file');
    return found.size > MAX_BYTES ? unreadable(path, `it is larger than ${MAX_BYTES} bytes`) : await file.readFile(OCTETS);
  } finally {
    await file.close();
  }
}

const unreadable = (path: string, why: string): Result<never> =>
  err(problem('SERVER_UNREACHABLE', { detail: `${path} cannot be read (${why})` }));

/** A link is followed, and stays a link. Mode and owner stay. SERVER_REFUSED where it cannot be written: then it is as it was. */
export async function replaceForeignFile(path: string, text: string): Promise<Result<void>> {
  try {
    await replaceFile(await realpath(path), text);
    return ok(undefined);
  } catch (error) {
    return err(problem('SERVER_REFUSED', { detail: `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})` }));
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await stat(path);
  const temporary = join(dirname(path), `.${basename(path)}.hostseal`);
  try {
    await rm(temporary, { force: true });
    await writeFile(temporary, text, { encoding: OCTETS, flag: 'wx', flush: true });
    await chmod(temporary, mode & 0o7777);
    await chown(temporary, uid, gid);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

/**
 * Lets `test` see a file as it would be with another text: a copy in a folder that looks like the real one, for relative paths in a configuration
 * are seen from where its main file is.
 */
export async function withCopyBeside<T>(path: string, text: string, test: (copy: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'hostseal-'));
  try {
    for (const name of await readdir(dirname(path))) {
      if (name !== basename(path)) await symlink(join(dirname(path), name), join(folder, name));
    }
    const copy = join(folder, basename(path));
    await writeFile(copy, text, { encoding: OCTETS, mode: 0o600 });
    return await test(copy);
  } finally {
    await rm(folder, { recursive: true });
  }
}
