/** A program, its arguments as a list, and bounds: no shell, a clean environment, and an end for one that hangs or floods. */
import { spawn, type ChildProcess } from 'node:child_process';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type Command = {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** Both outputs together. */
  readonly maxOutputBytes: number;
};
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

/**
 * How it ended, whatever its exit code. SERVER_UNREACHABLE where it cannot be started or takes too long; SERVER_REFUSED where it
 * prints too much or dies of a signal. It and all that it started are gone then.
 */
export async function runCommand({ program, args, timeoutMs, maxOutputBytes }: Command): Promise<Result<Ended>> {
  const child = spawn(program, args, {
    cwd: '/',
    env: CLEAN_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it starts can be ended with it.
    detached: true,
  });
  const outputs = [collected(child.stdout), collected(child.stderr)] as const;
  let given: Result<never> | undefined;
  const giveUp = (why: Result<never>) => {
    given ??= why;
    endGroup(child);
  };
  const timeout = AbortSignal.timeout(timeoutMs);
  timeout.onabort = () => giveUp(unreachable(`${program} did not end within ${timeoutMs / 1000} s`));
  for (const { stream } of outputs) {
    stream.on('data', () => {
      if (outputs.reduce((sum, { size }) => sum + size(), 0) > maxOutputBytes) {
        giveUp(refused(`${program} printed more than ${maxOutputBytes} bytes`));
      }
    });
  }
  const ended = await endOf(child);
  timeout.onabort = null;
  if (given) return given;
  if ('failed' in ended) return unreachable(`${program} cannot be started (${ended.failed})`);
  if (ended.code === null) return refused(`${program} was ended by ${ended.signal}`);
  const [stdout, stderr] = outputs.map(({ text }) => text());
  return ok({ code: ended.code, stdout: stdout ?? '', stderr: stderr ?? '' });
}

const CLEAN_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' };

type HowItEnded = { readonly code: number | null; readonly signal: string | null } | { readonly failed: string };

function endOf(child: ChildProcess): Promise<HowItEnded> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve({ failed: error.code ?? 'unknown' }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function collected(stream: NodeJS.ReadableStream) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
  });
  return { stream, size: () => bytes, text: () => Buffer.concat(chunks).toString('utf8') };
}

function endGroup(child: ChildProcess): void {
  if (child.pid !== undefined) {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
  // What left the group may hold its outputs open for ever.
  child.stdout?.destroy();
  child.stderr?.destroy();
}

const unreachable = (detail: string) => err(problem('SERVER_UNREACHABLE', { detail }));
const refused = (detail: string) => err(problem('SERVER_REFUSED', { detail }));
