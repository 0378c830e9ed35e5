/** Runs one of PostgreSQL's programs to its end. */
import { spawn } from 'node:child_process';
import type { Identity } from '../../config/identity.js';

/** A child gets nothing of our environment: it may hold a database password or a key file's path. `libraries`: folders. */
export const environmentWith = (...libraries: string[]): NodeJS.ProcessEnv => ({
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LD_LIBRARY_PATH: libraries.join(':'),
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
});

export type Finished = { readonly code: number | null; readonly output: string };

export type Surroundings = { readonly env: NodeJS.ProcessEnv; readonly identity?: Identity; readonly input?: string };

/** Both outputs together; a program that cannot be started ends with `code` null and says why in `output`. */
export function run(program: string, args: readonly string[], { env, identity, input }: Surroundings): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...identity, env, cwd: '/', stdio: 'pipe' });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.on('error', () => undefined); // it ended without reading: its exit code tells
    child.stdin.end(input);
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString().trim() }));
  });
}
