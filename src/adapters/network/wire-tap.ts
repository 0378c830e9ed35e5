/**
 * A socket that tells what goes over it. It is not a net.Socket itself, so node:tls reads and writes through it, in JavaScript,
 * and not past it on the native handle.
 */
import type net from 'node:net';
import { Duplex } from 'node:stream';

type Taps = {
  readonly sent: (bytes: Uint8Array) => void;
  readonly received: (bytes: Uint8Array) => void;
};

export class WireTap extends Duplex {
  readonly #socket: net.Socket;
  readonly #taps: Taps;

  constructor(socket: net.Socket, taps: Taps) {
    super();
    this.#socket = socket;
    this.#taps = taps;
    socket.on('data', (bytes: Buffer) => {
      taps.received(bytes);
      if (!this.push(bytes)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#taps.sent(bytes);
    this.#socket.write(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
