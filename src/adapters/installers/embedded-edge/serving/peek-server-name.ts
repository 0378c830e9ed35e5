/** Reads the name that a new connection asks for, and puts every byte back for the handshake. */
import type { Socket } from 'node:net';
import { ClientHelloReader } from '../wire/client-hello.js';
import type { EdgeLimits } from './limits.js';

/**
 * `done` is given the name as the client sent it, undefined where it sent none that can be read. A connection whose hello takes too
 * long, or is too long, is closed.
 */
export function peekServerName(socket: Socket, limits: EdgeLimits, done: (serverName: string | undefined) => void): void {
  const hello = new ClientHelloReader();
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => socket.destroy(), limits.handshake);
  const read = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    hello.push(chunk);
    if (size > limits.helloBytes && !hello.complete) return giveUp();
    if (!hello.complete) return;
    clearTimeout(timer);
    socket.off('data', read).off('end', giveUp);
    socket.pause();
    socket.unshift(Buffer.concat(chunks));
    done(hello.serverName);
  };
  const giveUp = () => socket.destroy();
  socket.on('data', read).once('end', giveUp);
  // Strangers hang up at any moment.
  socket.on('error', giveUp);
  socket.once('close', () => clearTimeout(timer));
}
