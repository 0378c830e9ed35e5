/**
 * The edge's process: it meets strangers' bytes, so it has neither the vault nor the database, only the keys that it serves.
 * Its listening sockets come from the parent, which may have to be root for ports below 1024; after that it needs the parent no
 * more and outlives it. It ends by SIGTERM, or by POST /stop from whoever adopted it.
 */
import { readFile } from 'node:fs/promises';
import { Server } from 'node:net';
import { controlServer } from './control-server.js';
import { Edge } from './edge.js';
import { parseEdgeConfig, parseHandedSocket, type EdgeMessage } from './edge-config.js';
import { listenPrivately } from './unix-socket.js';

// Sockets and files are the owner's alone from the first moment, not from the chmod on.
process.umask(0o077);

// A log that cannot be written (a full disk) is no reason to stop serving.
process.stderr.on('error', () => undefined);

let serving = false;
let stopping = false;

const config = parseEdgeConfig(process.argv[2]);
const { version } = JSON.parse(await readFile(new URL('../../../../package.json', import.meta.url), 'utf8')) as { version: string };
const edge = await Edge.open(config);
const control = controlServer({
  edge,
  version,
  stop: () => void stop('asked to'),
  report: (error) => log('fault', { stack: stackOf(error) }),
});
await listenPrivately(control, config.controlSocket);

process.on('SIGTERM', () => void stop('SIGTERM'));
// A terminal's Ctrl-C is for the parent; the edge goes on until it is told.
process.on('SIGINT', () => undefined);
process.on('message', receive);
process.on('disconnect', () => {
  if (!serving) process.exit(1);
});
tell({ type: 'opened' });

function receive(message: unknown, socket: unknown): void {
  if (socket instanceof Server) {
    const { role, address, port, httpsPort } = parseHandedSocket(message);
    if (role === 'https') edge.listenHttps(socket, address, port);
    else edge.listenHttp(socket, address, port, httpsPort);
    return;
  }
  // No socket with it: that was the last.
  serving = true;
  log('serving', { generation: edge.tree.current, damagedShards: edge.tree.damagedShards });
  tell({ type: 'ready' });
  void edge.inspectCertificates().then(() => {
    const { broken } = edge.state(version);
    if (broken.length > 0) log('certificates that cannot be served', { broken });
  });
}

async function stop(why: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log('stopping', { why });
  await edge.drain();
  process.exit(0);
}

function tell(message: EdgeMessage): void {
  process.send?.(message);
}

/** Where it happened; the text of an error may repeat what it was given. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 6).join('\n') : typeof error;
}

function log(event: string, facts: Readonly<Record<string, unknown>>): void {
  const at = new Date(performance.timeOrigin + performance.now()).toISOString();
  process.stderr.write(`${JSON.stringify({ at, event, ...facts })}\n`);
}
