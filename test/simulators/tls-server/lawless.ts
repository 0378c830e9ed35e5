/** Servers that speak no TLS, or never come to the end of it, whatever they are told. */
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { alert, handshake, HANDSHAKE, number, records, vector } from './writer.js';

const server = (connected: (socket: net.Socket) => void): net.Server =>
  net.createServer((socket) => {
    socket.on('error', () => {});
    connected(socket);
  });

/** Reads all, and says nothing. */
export const silent = (): net.Server => server((socket) => void socket.resume());

export const resetsAtOnce = (): net.Server => server((socket) => void socket.resetAndDestroy());

/** A FIN before anything was said. */
export const closesAtOnce = (): net.Server => server((socket) => void socket.resume().end());

/** Says it when the client has begun, and closes. */
export const answersWith = (bytes: Uint8Array | string): net.Server =>
  server((socket) => void socket.once('data', () => socket.end(bytes)));

/** Says it first, as a server of mail does, and waits. */
export const greetsWith = (greeting: string): net.Server => server((socket) => void socket.resume().write(greeting));

/** A record of 16 KiB, a byte a second. */
export const drips = (): net.Server =>
  server((socket) => {
    const bytes = records(HANDSHAKE, 0x0303, handshake(2, Buffer.alloc(16_000)));
    let at = 0;
    const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 1_000);
    socket.resume().on('close', () => clearInterval(timer));
  });

/** A Server Hello of TLS 1.2, and then a certificate of which a gibibyte comes. */
export const gigabyte = (): net.Server => {
  const hello = handshake(2, number(0x0303, 2), randomBytes(32), vector(1), number(0xc02b, 2), Buffer.of(0));
  const first = records(HANDSHAKE, 0x0303, Buffer.concat([hello, Buffer.of(11, 0xff, 0xff, 0xff)]));
  const next = records(HANDSHAKE, 0x0303, Buffer.alloc(16_384, 0x30));
  return server((socket) => {
    let left = 2 ** 30;
    const more = () => {
      while (left > 0 && !socket.destroyed) {
        left -= next.length;
        if (!socket.write(next)) return;
      }
      socket.end();
    };
    socket.on('drain', more);
    socket.once('data', () => {
      socket.resume().write(first);
      more();
    });
  });
};

/** Warnings without end (RFC 5246 7.2.2 lets a client go on after each). */
export const warnsForEver = (): net.Server => {
  const warnings = Buffer.concat(Array.from({ length: 1_000 }, () => alert(112, { level: 1 })));
  return endless(warnings);
};

/** Records of nothing (RFC 8446 5.1 forbids them but for data). */
export const emptyRecords = (): net.Server => {
  const empty = Buffer.concat(Array.from({ length: 1_000 }, () => Buffer.of(HANDSHAKE, 3, 3, 0, 0)));
  return endless(empty);
};

const endless = (bytes: Buffer): net.Server =>
  server((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(bytes));
    };
    socket.once('data', more).on('drain', more);
  });
