/** A question to one of our processes on this machine, over its unix socket: plain HTTP that never leaves the machine. */
import { Deadline } from '../../adapters/network/dialing/deadline.js';
import { exchange, type HttpAnswer } from '../../adapters/network/http/http-exchange.js';
import type { Result } from '../../values/result.js';
import { openDialer } from '../platform/find-platform.js';

const ANSWER_MS = 5_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** CONNECTION_* where nobody answers there. `host`: what the process expects to be called. */
export async function askSocket(socketPath: string, host: string, question: string): Promise<Result<HttpAnswer>> {
  const deadline = new Deadline(ANSWER_MS);
  const socket = await openDialer.connect({ socketPath }, { timeoutMs: ANSWER_MS });
  if (!socket.ok) return socket;
  try {
    return await exchange(new URL(question, `http://${host}`), socket.value, MAX_ANSWER_BYTES, deadline);
  } finally {
    socket.value.destroy();
  }
}
