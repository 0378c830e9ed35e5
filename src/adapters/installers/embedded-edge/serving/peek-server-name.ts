/** Reads the name that a new connection asks for, and puts every byte back for the handshake. */
import type { Socket } from 'node:net';
import { ClientHelloReader } from '../wire/client-hello.js';
import { HANDSHAKE_TIMEOUT } from './tls-settings.js';

/** Octets. A hello with post-quantum shares is below 2 kB; one with a long session ticket below 20. */
const MAX_HELLO = 32_768;

/** `done` is given the name as the client sent it, undefined where it sent none that can be read. A connection that says too little is closed. */
export function peekServerName(socket: Socket, done: (serverName: string | undefined) => void): void {
  const hello = new ClientHelloReader();
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT);
  const read = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    hello.push(chunk);
    if (!hello.complete && size <= MAX_HELLO) return;
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
