/** Ends servers without cutting what is open: nothing new is accepted, idle connections close, requests under way finish. */
import type { Server } from 'node:http';
import type { Http2SecureServer } from 'node:http2';

/** Milliseconds that a request under way has left; then its connection is cut with the process. */
const PATIENCE = 5_000;
const LOOK_AGAIN = 50;

export function drain(servers: readonly (Server | Http2SecureServer)[]): Promise<void> {
  return new Promise((resolve) => {
    let open = servers.length;
    const finish = () => {
      clearInterval(closing);
      clearTimeout(patience);
      resolve();
    };
    // A connection of HTTP/1.1 becomes idle only after its last answer.
    const closing = setInterval(() => servers.forEach(closeIdle), LOOK_AGAIN);
    const patience = setTimeout(finish, PATIENCE);
    for (const server of servers) {
      server.close(() => {
        open--;
        if (open === 0) finish();
      });
    }
    if (open === 0) finish();
  });
}

function closeIdle(server: Server | Http2SecureServer): void {
  if ('closeIdleConnections' in server) server.closeIdleConnections();
}
