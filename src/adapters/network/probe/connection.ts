/** TEMP until the driver lands */
import type net from 'node:net';
import type { TlsClient } from '../../../cores/tls/client/tls-client.js';
import { type Problem, problem } from '../../../values/problems/problem.js';
import { connectionProblem, timedOut, type Where } from '../connection-problem.js';
import type { Deadline } from '../deadline.js';

export function converse(
  socket: net.Socket,
  client: TlsClient,
  { where, deadline, enough }: { where: Where; deadline: Deadline; enough: () => boolean },
): Promise<Problem | undefined> {
  return new Promise((resolve) => {
    const settle = (cause?: Problem) => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError).pause();
      resolve(cause);
    };
    const onData = (bytes: Buffer) => {
      const out = client.receive(bytes);
      if (out.length > 0) socket.write(out);
      if (enough()) settle();
    };
    const onEnd = () => {
      client.closedByPeer();
      settle(enough() ? undefined : problem('CONNECTION_CLOSED', { ...where, detail: 'in the handshake' }));
    };
    const onError = (error: Error) => settle(connectionProblem(error, where, deadline.limitMs));
    const timer = setTimeout(() => settle(timedOut(where, deadline.limitMs)), deadline.remainingMs);
    if (enough()) return settle();
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError).resume();
  });
}
