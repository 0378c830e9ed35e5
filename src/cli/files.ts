/** Files that are named on the command line, or that belong to an installation. FILE_UNREADABLE says why there is nothing of use in one. */
import fs from 'node:fs';
import { parsePem } from '../values/pem.js';
import { problem } from '../values/problems/problem.js';
import { err, ok, type Result } from '../values/result.js';

/** A bundle of all public roots is a quarter of this. */
const MAX_BYTES = 1_048_576;
/** Of a pipe, such as a shell's `<(command)`, in milliseconds: for the command to say what it says. */
const PIPE_MS = 5_000;
const PIPE_AGAIN_MS = 10;

/** DER; not yet read as certificates. */
export function readRoots(file: string): Result<Uint8Array[]> {
  const text = readFile(file);
  if (!text.ok) return text;
  const blocks = parsePem('CERTIFICATE', text.value, MAX_BYTES);
  return blocks.ok ? blocks : err(problem('FILE_UNREADABLE', { file, detail: 'there is no certificate in it' }));
}

/** At most 1 MiB. What is no file and no pipe, such as /dev/zero, would never come to an end. */
export function readFile(file: string): Result<string> {
  const unreadable = (detail: string) => err(problem('FILE_UNREADABLE', { file: file.slice(0, 200), detail }));
  try {
    // Without waiting: a pipe that nobody writes to would hold up the opening.
    const opened = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const kind = fs.fstatSync(opened);
      if (kind.isDirectory()) return unreadable('it is a directory');
      if (!kind.isFile() && !kind.isFIFO()) return unreadable('it is neither a file nor a pipe');
      return readTo(opened) ?? unreadable(`it is larger than ${MAX_BYTES} bytes`);
    } finally {
      fs.closeSync(opened);
    }
  } catch (error) {
    return unreadable(reasonOf(error));
  }
}

/** Undefined where it is too large. */
function readTo(opened: number): Result<string> | undefined {
  const bytes = Buffer.alloc(MAX_BYTES + 1);
  const endsAt = performance.now() + PIPE_MS;
  for (let size = 0; size <= MAX_BYTES;) {
    const count = readSome(opened, bytes.subarray(size));
    if (count === 0) return ok(bytes.toString('utf8', 0, size));
    if (count === undefined && performance.now() > endsAt) throw new Error(`nothing more came within ${PIPE_MS} ms`);
    if (count === undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_AGAIN_MS);
    else size += count;
  }
  return undefined;
}

/** Undefined: nothing is there yet. */
function readSome(opened: number, into: Buffer): number | undefined {
  try {
    return fs.readSync(opened, into);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** `permission denied`: Node's message without its code, its verb and the path. */
export const reasonOf = (error: unknown): string => (error as Error).message.replace(/^[A-Z0-9]+: |, [a-z]+( '.*')?$/g, '');
