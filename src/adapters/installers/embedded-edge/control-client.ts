/** The panel's side of the control socket. */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { askSocket } from '../../network/dialing/unix-socket.js';
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
    reply = await askSocket({
      ...{ socketPath: controlSocket, method, path, host: 'edge', timeoutMs, maxBytes: MAX_ANSWER_BYTES },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    return unreachable(reasonOf(error));
  }
  const outcome = readShape((): Result<T> => {
    const value = parseJson(reply.text);
    return reply.status === 200 ? ok(read(value)) : err(readRefusal(value, serverName));
  });
  return outcome.ok ? outcome.value : unreachable(`its answer makes no sense (${String(outcome.problem.facts['detail'])})`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'AbortError') return 'no answer in time';
  return 'code' in error ? String(error.code) : error.message;
}
