/** Bytes in the clear on a connection: what is said before TLS, and HTTP without it. */
import type net from 'node:net';
import { httpRequest, hasWholeHead, MAX_HEADER_BYTES, readHttpAnswer } from '../../../cores/tls/check/http-answer.js';
import type { HttpAnswer } from '../../../cores/tls/check/site-check.js';
import type { StartTls } from '../../../cores/tls/starttls/start-tls.js';
import { StartTlsDialogue } from '../../../cores/tls/starttls/dialogue.js';
import type { Clock } from '../../../values/clock.js';
import { type Problem, problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { connectionProblem, timedOut, type Where } from '../dialing/connection-problem.js';
import type { Deadline } from '../dialing/deadline.js';

type Listening<T> = { readonly where: Where; readonly deadline: Deadline; readonly take: (bytes: Buffer) => Result<T> | undefined };

/** Hands what comes to `take` until it answers. CONNECTION_TIMED_OUT, CONNECTION_CLOSED. Leaves the socket open. */
function listen<T>(socket: net.Socket, { where, deadline, take }: Listening<T>): Promise<Result<T>> {
  return new Promise((resolve) => {
    const settle = (result: Result<T>) => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError);
      resolve(result);
    };
    const fail = (cause: Problem) => settle(err(cause));
    const onData = (bytes: Buffer) => {
      const result = take(bytes);
      if (result) settle(result);
    };
    const onEnd = () => fail(problem('CONNECTION_CLOSED', { ...where, detail: 'before it had answered' }));
    const onError = (error: Error) => fail(connectionProblem(error, where, deadline.limitMs));
    const timer = setTimeout(() => fail(timedOut(where, deadline.limitMs)), deadline.remainingMs);
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError);
  });
}

/** Until the next byte is TLS. STARTTLS_REFUSED, CONNECTION_*. */
export function sayStartTls(socket: net.Socket, protocol: StartTls, { address, port }: Where, deadline: Deadline): Promise<Result<void>> {
  const dialogue = new StartTlsDialogue(protocol);
  return listen<void>(socket, {
    ...{ where: { address, port }, deadline },
    take(bytes) {
      const turn = dialogue.receive(bytes);
      if (turn.kind === 'SAY') socket.write(turn.bytes);
      if (turn.kind === 'REFUSED') return err(problem('STARTTLS_REFUSED', { address, port, detail: turn.detail }));
      return turn.kind === 'READY' ? ok(undefined) : undefined;
    },
  });
}

type PlainRequest = { readonly host: string; readonly where: Where; readonly deadline: Deadline; readonly clock: Clock };

/** `GET /`. HTTP_ANSWER_MALFORMED, ANSWER_TOO_LARGE, CONNECTION_*. */
export async function askPlainHttp(socket: net.Socket, { host, where, deadline, clock }: PlainRequest): Promise<Result<HttpAnswer>> {
  socket.write(httpRequest(host));
  const url = `http://${host}/`;
  const parts: Buffer[] = [];
  let size = 0;
  return listen(socket, {
    ...{ where, deadline },
    take(bytes) {
      parts.push(bytes);
      size += bytes.length;
      const all = Buffer.concat(parts);
      if (hasWholeHead(all)) return readHttpAnswer(all, url, clock.now());
      return size > MAX_HEADER_BYTES ? err(problem('ANSWER_TOO_LARGE', { url, limit: MAX_HEADER_BYTES })) : undefined;
    },
  });
}
