/** A foreign program as a child of the lab: started, waited for until it answers, ended with its group. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { waitFor } from '../../support/suite/wait-for.js';

export type Started = { stop(): Promise<void> };

/** Resolves when it accepts connections at `answers`. Fails with what it said where it ends before. */
export async function startProgram(
  program: string,
  args: readonly string[],
  answers: { readonly host: string; readonly port: number },
): Promise<Started> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said = `${said}${String(text)}`.slice(-4_000)));
  const ended = once(child, 'close');
  await waitFor(`${program} to answer`, async () => {
    if (child.exitCode !== null) return 'ENDED';
    return accepts(answers);
  });
  if (child.exitCode !== null) throw new Error(`${program} does not start: ${said}`);
  return {
    async stop() {
      // The group: its workers would go on serving.
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
  };
}

async function accepts(where: { readonly host: string; readonly port: number }): Promise<boolean> {
  const socket = net.connect(where);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
