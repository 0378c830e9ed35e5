/** nginx's main configuration on the disk: our line put into it, and a copy of it for a test. */
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ok, type Result } from '../../../../values/result.js';
import { OCTETS, readForeignFile, replaceForeignFile } from '../../generations/foreign-file.js';
import { includes, readMainConfiguration, withInclude, withStaged, type MainConfiguration } from '../syntax/adopt.js';

/** SERVER_UNREACHABLE where it cannot be read, SERVER_CONFIG_REFUSED where it is no configuration. */
export async function readMainFile(path: string): Promise<Result<MainConfiguration>> {
  const text = await readForeignFile(path);
  return text.ok ? readMainConfiguration(text.value) : text;
}

/** Puts the include in, unless it is there. */
export async function adoptMainFile(path: string, include: string): Promise<Result<void>> {
  const main = await readMainFile(path);
  if (!main.ok) return main;
  return includes(main.value, include) ? ok(undefined) : replaceForeignFile(path, withInclude(main.value, include));
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
