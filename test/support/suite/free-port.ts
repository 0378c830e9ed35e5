/** Ports for servers that cannot be asked to take any: a program that is started with its port. */
import { once } from 'node:events';
import net from 'node:net';

/** Below those that systems give out by themselves (from 32,768 on Linux, from 49,152 elsewhere), so that no connection takes it in between. */
const FIRST = 12_000;
const EACH_WORKER = 5_000;
const base = FIRST + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 4) * EACH_WORKER;
let tried = process.pid % EACH_WORKER;

/** Nobody listens there, and no other test of this run is given it. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = base + (tried++ % EACH_WORKER);
    const server = net.createServer().listen(port, address);
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
