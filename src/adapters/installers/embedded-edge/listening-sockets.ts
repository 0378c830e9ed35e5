/** Binds what the edge is to listen on, with the rights that the edge itself does not have. */
import { createServer, type Server } from 'node:net';
import type { IpAddress } from '../../../values/ip-address.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

/** A port of 0 means any free one. */
export type EdgeListener = { readonly address: IpAddress; readonly httpPort: number; readonly httpsPort: number };
export type BoundSocket = {
  readonly role: 'http' | 'https';
  readonly address: IpAddress;
  readonly port: number;
  /** Of the same address: where redirects of the HTTP port lead. */
  readonly httpsPort: number;
  readonly server: Server;
};
export type BoundSockets = {
  readonly sockets: readonly BoundSocket[];
  /** Addresses that this machine does not have, and can do without. */
  readonly skipped: readonly IpAddress[];
};

/**
 * All of them, or none: PORT_IN_USE names the variable to change, CONFIG_INVALID what else is wrong with a port or address.
 * `::1` is skipped on a machine without IPv6.
 */
export async function bindListeners(listeners: readonly EdgeListener[]): Promise<Result<BoundSockets>> {
  const sockets: BoundSocket[] = [];
  const skipped: IpAddress[] = [];
  for (const listener of listeners) {
    try {
      sockets.push(...(await bindListener(listener)));
    } catch (error) {
      if (!(error instanceof BindError)) throw error;
      if (listener.address === '::1' && error.addressIsMissing) {
        skipped.push(listener.address);
        continue;
      }
      for (const { server } of sockets) server.close();
      return err(error.problem);
    }
  }
  return ok({ sockets, skipped });
}

async function bindListener({ address, httpPort, httpsPort }: EdgeListener): Promise<readonly BoundSocket[]> {
  const https = await bind(address, httpsPort, 'HOSTSEAL_HTTPS_PORT');
  try {
    const http = await bind(address, httpPort, 'HOSTSEAL_HTTP_PORT');
    return [
      { role: 'https', address, port: portOf(https), httpsPort: portOf(https), server: https },
      { role: 'http', address, port: portOf(http), httpsPort: portOf(https), server: http },
    ];
  } catch (error) {
    https.close();
    throw error;
  }
}

function bind(address: IpAddress, port: number, variable: string): Promise<Server> {
  // Whoever connects before the edge holds the socket is too early, as a moment before.
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new BindError(error.code ?? 'unknown', address, port, variable)));
    server.listen({ host: address, port, ipv6Only: address.includes(':'), exclusive: true }, () => resolve(server));
  });
}

class BindError extends Error {
  constructor(
    readonly code: string,
    private readonly address: IpAddress,
    private readonly port: number,
    private readonly variable: string,
  ) {
    super(code);
  }

  get addressIsMissing(): boolean {
    return this.code === 'EADDRNOTAVAIL' || this.code === 'EAFNOSUPPORT';
  }

  get problem(): Problem {
    const { address, port, variable } = this;
    if (this.code === 'EADDRINUSE') return problem('PORT_IN_USE', { address, port, variable });
    if (this.addressIsMissing)
      return problem('CONFIG_INVALID', { variable: 'HOSTSEAL_LISTEN', detail: `this machine has no address ${address}` });
    const detail =
      this.code === 'EACCES' ? `port ${port} needs root; ports from 1024 on do not` : `port ${port} at ${address}: ${this.code}`;
    return problem('CONFIG_INVALID', { variable, detail });
  }
}

function portOf(server: Server): number {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}
