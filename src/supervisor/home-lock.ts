/**
 * One supervisor per home. The lock is the operating system's (fcntl(2)): it goes with the process, however that ends, so
 * there is no stale lock to judge and no pid to be fooled by. Node has no call for it; its SQLite has, and an exclusive
 * transaction that is never ended is nothing but such a lock on the file.
 */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { problem } from '../values/problems/problem.js';
import { err, ok, type Result } from '../values/result.js';

type HomeLock = { release(): void };

/** ALREADY_RUNNING with the other's pid. */
export function lockHome(home: string): Result<HomeLock> {
  const pidFile = path.join(home, 'supervisor.pid');
  const lock = new DatabaseSync(path.join(home, 'supervisor.lock'));
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    // Only for the sentence: the file may be from an earlier run for the moment between its locking and its writing.
    const pid = fs.existsSync(pidFile) ? fs.readFileSync(pidFile, 'utf8').trim() : 'unknown';
    return err(problem('ALREADY_RUNNING', { pid, home }));
  }
  fs.writeFileSync(pidFile, `${process.pid}\n`);
  return ok({
    release: () => {
      fs.rmSync(pidFile, { force: true });
      lock.close();
    },
  });
}

/** sqlite3.h */
const SQLITE_BUSY = 5;
