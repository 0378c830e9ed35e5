/**
 * One writer at a time on a tree, over all processes of the machine. The lock is the operating system's (fcntl(2)): it goes with the
 * process, so there is no stale lock to judge. Node has no call for it; its SQLite has, and an exclusive transaction that is
 * never written is nothing but such a lock on the file.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '../../../values/problems/problem.js';
import { err, type Result } from '../../../values/result.js';

/** SERVER_REFUSED where another process does not let go. */
export async function withTreeLock<T>(file: string, work: () => Promise<Result<T>>): Promise<Result<T>> {
  const database = new DatabaseSync(file);
  try {
    if (!(await locked(database))) return err(problem('SERVER_REFUSED', { detail: 'another process holds its tree' }));
    return await work();
  } finally {
    database.close();
  }
}

/** What is done under the lock takes milliseconds, and seconds on a disk that is in trouble. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 5;

async function locked(database: DatabaseSync): Promise<boolean> {
  const begun = performance.now();
  for (;;) {
    try {
      // In memory: a journal beside the file would need room on a full disk.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return true;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      if (performance.now() - begun > PATIENCE_MS) return false;
    }
    await delay(PAUSE_MS);
  }
}

/** sqlite3.h */
const SQLITE_BUSY = 5;
