/** Servers on free ports of loopback that end with the test, connections included. */
import { once } from 'node:events';
import net from 'node:net';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

export class Listeners {
  readonly #stops: (() => Promise<void>)[] = [];

  /** The port; 0 for a unix socket. */
  async listen(server: net.Server, where: net.ListenOptions = LOOPBACK): Promise<number> {
    const sockets = new Set<net.Socket>();
    server.on('connection', (socket: net.Socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(where, resolve));
    this.onStop(async () => {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((done) => server.close(done));
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** A port where nothing listens, and nobody can while the test runs: the near end of a connection holds it. */
  async closedPort(): Promise<number> {
    const holder = net.connect(await this.listen(net.createServer()), '127.0.0.1');
    await once(holder, 'connect');
    this.onStop(async () => void holder.destroy());
    return holder.localPort ?? 0;
  }

  onStop(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  /** The last started first. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
  }
}
