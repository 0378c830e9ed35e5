/** Who is measured: a process of this folder that measures itself, or a program under a shell that tells its processor time. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export type Cost = { readonly wallMs: number; readonly cpuMs: number };
export type Place = { readonly port: number; readonly sites: readonly { readonly name: string; readonly address: string }[] };
export type Process = {
  /** What it answers beside its cost is the task's own matter. */
  run<More = object>(task: string, input?: unknown): Promise<Cost & More>;
  stop(): Promise<void>;
};

/** `ours.mjs` or `node-tls.mjs`. */
export async function startProcess(program: string, place: Place): Promise<Process> {
  const child = fork(path.join(import.meta.dirname, program), [JSON.stringify(place)], { execArgv: ['--expose-gc'] });
  const ended = once(child, 'exit');
  const told = async () => {
    const [message] = await Promise.race([once(child, 'message'), ended.then(() => Promise.reject(new Error(`${program} ended`)))]);
    return message;
  };
  await told();
  return {
    run: (task, input) => {
      child.send({ task, input });
      return told();
    },
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** The whole command, with its start; whatever its exit code. Its own processor time and its children's, by `times` (POSIX). */
export async function runProgram(command: readonly string[]): Promise<Cost> {
  const begun = performance.now();
  const shell = spawn('/bin/sh', ['-c', '"$@" >&2; times', 'sh', ...command], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [text] = await Promise.all([shell.stdout.toArray(), once(shell, 'exit')]);
  const [, children = ''] = Buffer.concat(text).toString().trim().split('\n');
  const times = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  const cpuMs = times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000, 0);
  return { wallMs: performance.now() - begun, cpuMs };
}
