/**
 * A TCP proxy on loopback that breaks connections for real: the bytes pass unchanged until the fault says otherwise.
 */
import net from 'node:net';

export type WireFault =
  | { readonly kind: 'NONE' }
  /** Cuts both ways with a FIN after this many bytes of the server's answer; the bytes before are delivered. */
  | { readonly kind: 'TRUNCATE'; readonly afterBytes: number }
  /** The same, with a reset, which may overtake the bytes before it. */
  | { readonly kind: 'RESET'; readonly afterBytes: number }
  /** Passes this many bytes of the server's answer, then nothing more, and keeps the connection open. */
  | { readonly kind: 'HANG'; readonly afterBytes: number }
  /** The answer comes a byte at a time, with so many milliseconds between them. */
  | { readonly kind: 'TRICKLE'; readonly everyMs: number }
  /** Somebody in between changes what is said: each piece as it was read. */
  | { readonly kind: 'REWRITE'; readonly request?: (piece: Buffer) => Buffer; readonly answer?: (piece: Buffer) => Buffer };

export type Wire = {
  readonly port: number;
  /** Holds for connections that are opened after it is set. */
  fault: WireFault;
  /** Connections that are open now. */
  readonly open: ReadonlySet<net.Socket>;
  /** Connections accepted since the start. */
  readonly accepted: number;
  stop(): Promise<void>;
};

export async function startWire(upstreamPort: number): Promise<Wire> {
  const open = new Set<net.Socket>();
  const upstreams = new Set<net.Socket>();
  let accepted = 0;
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    accepted++;
    const upstream = net.connect({ port: upstreamPort, host: '127.0.0.1', allowHalfOpen: true });
    track(open, client);
    track(upstreams, upstream);
    client.on('close', () => upstream.destroy());
    if (wire.fault.kind === 'REWRITE' && wire.fault.request) pass(client, upstream, wire.fault.request);
    else client.pipe(upstream);
    carry(upstream, client, wire.fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const wire: Wire = {
    port: (server.address() as net.AddressInfo).port,
    fault: { kind: 'NONE' },
    open,
    get accepted() {
      return accepted;
    },
    async stop() {
      [...open, ...upstreams].forEach((socket) => socket.destroy());
      await new Promise((done) => server.close(done));
    },
  };
  return wire;
}

function carry(upstream: net.Socket, client: net.Socket, fault: WireFault): void {
  if (fault.kind === 'NONE') {
    upstream.pipe(client);
    return;
  }
  if (fault.kind === 'REWRITE') {
    pass(upstream, client, fault.answer ?? ((piece) => piece));
    return;
  }
  if (fault.kind === 'TRICKLE') {
    trickle(upstream, client, fault.everyMs);
    return;
  }
  let left = fault.afterBytes;
  let broken = false;
  // A half-open connection would outlive the fault: once the client is done with it, so are we.
  client.on('end', () => client.destroy());
  const breakOff = () => {
    if (left > 0 || broken || fault.kind === 'HANG') return;
    broken = true;
    upstream.destroy();
    if (fault.kind === 'RESET') client.resetAndDestroy();
    else client.end();
    client.resume();
  };
  upstream.on('data', (bytes: Buffer) => {
    const part = bytes.subarray(0, left);
    left -= part.length;
    client.write(part, breakOff);
  });
}

function pass(from: net.Socket, to: net.Socket, change: (piece: Buffer) => Buffer): void {
  from.on('data', (piece: Buffer) => to.write(change(piece)));
  from.on('end', () => to.end());
}

function trickle(upstream: net.Socket, client: net.Socket, everyMs: number): void {
  const pending: number[] = [];
  const timer = setInterval(() => {
    const byte = pending.shift();
    if (byte !== undefined) client.write(Buffer.of(byte));
  }, everyMs);
  upstream.on('data', (bytes: Buffer) => pending.push(...bytes));
  client.on('close', () => clearInterval(timer));
}

function track(sockets: Set<net.Socket>, socket: net.Socket): void {
  sockets.add(socket);
  socket.on('error', () => {});
  socket.on('close', () => sockets.delete(socket));
}
