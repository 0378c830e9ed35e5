/**
 * Requests over a unix socket of this machine, to a process of ours: nothing is resolved or guarded, the socket's mode says who may ask.
 * Or over a stream that leads to such a socket elsewhere.
 */
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type SocketRequest = ({ readonly socketPath: string } | { readonly createConnection: () => Duplex }) & {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly host: string;
  readonly body?: string;
  /** Milliseconds for a whole answer. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
};

/** Rejects where there is no whole answer within the time and the size. */
export function askSocket({ maxBytes, timeoutMs, host, body, ...where }: SocketRequest): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) };
    // With an agent, Node would dial by itself instead of taking the stream; without one for a socket, it would keep that for later.
    const connection = 'socketPath' in where ? { agent: false as const } : {};
    const outgoing = request({ ...where, ...connection, headers, signal: AbortSignal.timeout(timeoutMs) }, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) outgoing.destroy(new Error('sends too large an answer'));
        chunks.push(chunk);
      });
      incoming.on('error', reject);
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** TOO_LARGE for more than `maxBytes`. */
export async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Result<string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return err(problem('TOO_LARGE', { limit: maxBytes, unit: 'bytes' }));
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks).toString('utf8'));
}

/** Does a process listen there? A killed one leaves its socket behind. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
