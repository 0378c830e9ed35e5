/** nginx's main configuration on the disk: our line put into it, and a copy of it for a test. */
import { ok, type Result } from '../../../../values/result.js';
import { readForeignFile, replaceForeignFile, withCopyBeside } from '../../generations/foreign-file.js';
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

/** Lets `test` see the configuration as it would be with `staged` in the place of `include`. */
export async function withStagedCopy<T>(
  path: string,
  include: string,
  staged: string,
  test: (copy: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const main = await readMainFile(path);
  if (!main.ok) return main;
  return withCopyBeside(path, withStaged(main.value, include, staged), test);
}
