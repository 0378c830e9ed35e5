/** Unix sockets that only their owner can open, and that a killed process leaves behind. */
import { chmod, mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import { answers } from '../../network/dialing/unix-socket.js';
import { OWNER_ONLY, OWNER_ONLY_DIRECTORY } from './tree/durable-files.js';

/** Rejects with EADDRINUSE where another process still answers there. */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  if (!(await answers(path))) await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  await chmod(path, OWNER_ONLY);
}
