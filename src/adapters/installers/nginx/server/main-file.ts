/** The foreign configuration file on the disk: read, and replaced whole where our line is put into it. */
import { chmod, chown, mkdtemp, constants, open, readdir, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { includes, readMainConfiguration, withInclude, withStaged, type MainConfiguration } from '../syntax/adopt.js';

/** One octet is one character, so that whatever encoding it is in comes back as it was. */
const OCTETS = 'latin1';

/** A configuration of 10,000 sites in one file has a third of this. */
const MAX_BYTES = 16 * 1024 * 1024;

/** SERVER_UNREACHABLE where it cannot be read, SERVER_CONFIG_REFUSED where it is no configuration. */
export async function readMainFile(path: string): Promise<Result<MainConfiguration>> {
  const text = await readOctets(path).catch((error: NodeJS.ErrnoException) => unreadable(path, error.code ?? 'unknown'));
  return typeof text === 'string' ? readMainConfiguration(text) : text;
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

/** Puts the include in, unless it is there. A link is followed, and stays a link. */
export async function adoptMainFile(path: string, include: string): Promise<Result<void>> {
  const main = await readMainFile(path);
  if (!main.ok) return main;
  if (includes(main.value, include)) return ok(undefined);
  try {
    await replaceFile(await realpath(path), withInclude(main.value, include));
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
 * Lets `test` see the configuration as it would be with `staged` in the place of `include`. It is a copy in a folder that looks
 * like the real one: relative paths in a configuration are seen from where its main file is.
 */
export async function withStagedCopy<T>(
  path: string,
  include: string,
  staged: string,
  test: (copy: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const main = await readMainFile(path);
  if (!main.ok) return main;
  const text = withStaged(main.value, include, staged);
  const folder = await mkdtemp(join(tmpdir(), 'hostseal-nginx-'));
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
