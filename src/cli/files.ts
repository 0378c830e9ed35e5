/** Files that are named on the command line, or that belong to an installation. FILE_UNREADABLE says why there is nothing of use in one. */
import fs from 'node:fs';
import { parsePem } from '../values/pem.js';
import { problem } from '../values/problems/problem.js';
import { err, ok, type Result } from '../values/result.js';

/** A bundle of all public roots is a quarter of this. */
const MAX_ROOTS_BYTES = 1_048_576;

/** DER; not yet read as certificates. */
export function readRoots(file: string): Result<Uint8Array[]> {
  const text = readFile(file);
  if (!text.ok) return text;
  const blocks = parsePem('CERTIFICATE', text.value, MAX_ROOTS_BYTES);
  return blocks.ok ? blocks : err(problem('FILE_UNREADABLE', { file, detail: 'there is no certificate in it' }));
}

export function readFile(file: string): Result<string> {
  try {
    return ok(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    return err(problem('FILE_UNREADABLE', { file, detail: reasonOf(error) }));
  }
}

/** `permission denied`: Node's message without its code, its verb and the path. */
export const reasonOf = (error: unknown): string => (error as Error).message.replace(/^[A-Z0-9]+: |, [a-z]+( '.*')?$/g, '');
