/** Logs of bounded size: FILE is written, FILE.1 is what was written before it, FILE.2 before that. What is oldest goes. */
import { copyFileSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';

export type LogLimits = {
  /** Bytes of one file. */
  readonly bytes: number;
  /** Files of one log, with the one that is written. */
  readonly files: number;
};

/** 50 MiB a log: weeks of a busy panel, and little on the disk of one that logs in a loop. */
export const LOG_LIMITS: LogLimits = { bytes: 10 * 1024 * 1024, files: 5 };

/** For the file's only writer, who opens it anew afterwards. After a kill -9 in between a number is missing; no line is. */
export function rotate(file: string, limits: LogLimits): void {
  makeRoom(file, limits);
  moveIfThere(file, `${file}.1`);
}

/**
 * For a file that another process writes and does not open anew: copied, then emptied, as logrotate's copytruncate does. What is
 * written between the two is lost. The writer appends (O_APPEND), so that its next line stands at the new beginning.
 */
export function rotateInPlace(file: string, limits: LogLimits): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= limits.bytes) return;
  const copy = `${file}.copy`;
  try {
    copyFileSync(file, copy); // before a number is moved: on a full disk it fails, minute by minute
    makeRoom(file, limits);
    renameSync(copy, `${file}.1`);
  } finally {
    rmSync(copy, { force: true });
  }
  truncateSync(file);
}

/** Frees the name FILE.1. */
function makeRoom(file: string, { files }: LogLimits): void {
  for (let number = files - 2; number >= 1; number--) moveIfThere(`${file}.${number}`, `${file}.${number + 1}`);
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
