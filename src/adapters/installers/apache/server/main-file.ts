/** Apache's main configuration on the disk: our line put into it, and a copy of it for a test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok, type Result } from '../../../../values/result.js';
import { OCTETS, readForeignFile, replaceForeignFile } from '../../generations/foreign-file.js';
import { includes, withInclude, withStaged } from '../syntax/adopt.js';

/** SERVER_UNREACHABLE where it cannot be read. */
export async function isAdopted(path: string, include: string): Promise<Result<boolean>> {
  const main = await readForeignFile(path);
  return main.ok ? ok(includes(main.value, include)) : main;
}

/** Puts the line in, unless it is there. */
export async function adoptMainFile(path: string, include: string): Promise<Result<void>> {
  const main = await readForeignFile(path);
  if (!main.ok) return main;
  return includes(main.value, include) ? ok(undefined) : replaceForeignFile(path, withInclude(main.value, include));
}

export type Staged = { readonly file: string } | { readonly text: string };

/**
 * Lets `test` see the configuration as it would be with `staged` in the place of `include`: a file, or a text for one. Relative paths in it are seen
 * from the server's root, which its `-d` or a line of its own says: a copy may lie anywhere.
 */
export async function withStagedCopy<T>(
  path: string,
  include: string,
  staged: Staged,
  test: (copy: string, staged: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const main = await readForeignFile(path);
  if (!main.ok) return main;
  const folder = await mkdtemp(join(tmpdir(), 'hostseal-apache-'));
  try {
    const copy = join(folder, 'main.conf');
    const file = 'file' in staged ? staged.file : join(folder, 'staged.conf');
    if ('text' in staged) await writeFile(file, staged.text, { mode: 0o600 });
    await writeFile(copy, withStaged(main.value, include, file), { encoding: OCTETS, mode: 0o600 });
    return await test(copy, file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
