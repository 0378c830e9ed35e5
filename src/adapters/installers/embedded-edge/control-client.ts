/** The panel's side of the control socket. */
import { request } from 'node:http';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { readRefusal, readState, type EdgeState } from './wire/control-protocol.js';
import { parseJson, readShape } from '../../../values/json-shape.js';

export type ControlAddress = {
  readonly controlSocket: string;
  /** What the panel calls the server, for problems about it. */
  readonly serverName: string;
  /** Milliseconds for a whole answer. */
  readonly timeoutMs: number;
};

/** Who runs there, and what does it serve? SERVER_UNREACHABLE where nobody answers. */
export const edgeState = (address: ControlAddress): Promise<Result<EdgeState>> => callEdge(address, 'GET', '/state', undefined, readState);

/** Resolves when it has ended. Fine where nobody runs. */
export async function stopEdge(address: ControlAddress): Promise<Result<void>> {
  const asked = await callEdge(address, 'POST', '/stop', {}, () => undefined);
  if (!asked.ok) return asked.problem.code === 'SERVER_UNREACHABLE' ? ok(undefined) : asked;
  // It gives up its control socket last.
  while ((await edgeState(address)).ok) await new Promise((resolve) => setTimeout(resolve, 20));
  return ok(undefined);
}

/** Larger than the inventory of 100,000 bindings. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** SERVER_UNREACHABLE where it does not answer in time or in sense; its own problem where it refuses. */
export async function callEdge<T>(
  { controlSocket, serverName, timeoutMs }: ControlAddress,
  method: 'GET' | 'POST',
  path: string,
  body: unknown,
  read: (body: unknown) => T,
): Promise<Result<T>> {
  const unreachable = (detail: string) => err(problem('SERVER_UNREACHABLE', { server: serverName, detail }));
  let reply: { status: number; text: string };
  try {
    reply = await exchange(controlSocket, method, path, body === undefined ? undefined : JSON.stringify(body), timeoutMs);
  } catch (error) {
    return unreachable(reasonOf(error));
  }
  const outcome = readShape((): Result<T> => {
    const value = parseJson(reply.text);
    return reply.status === 200 ? ok(read(value)) : err(readRefusal(value, serverName));
  });
  return outcome.ok ? outcome.value : unreachable(`its answer makes no sense (${String(outcome.problem.facts['detail'])})`);
}

function exchange(socketPath: string, method: string, path: string, body: string | undefined, timeoutMs: number) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { host: 'edge', ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) };
    const outgoing = request({ socketPath, method, path, headers, agent: false, signal }, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) outgoing.destroy(new Error('its answer is too large'));
        chunks.push(chunk);
      });
      incoming.on('error', reject);
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'AbortError') return 'no answer in time';
  return 'code' in error ? String(error.code) : error.message;
}
