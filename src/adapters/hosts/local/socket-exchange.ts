/** One question to a program of this machine over its unix socket, and all that it says until it hangs up: with an end for one that hangs or floods. */
import { connect } from 'node:net';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type Exchange = { readonly path: string; readonly text: string; readonly timeoutMs: number; readonly maxAnswerBytes: number };

/** SERVER_UNREACHABLE where nobody listens, or it takes too long; SERVER_REFUSED for an answer that is too long. */
export function exchangeOverSocket({ path, text, timeoutMs, maxAnswerBytes }: Exchange): Promise<Result<string>> {
  const unreachable = (why: string) => err(problem('SERVER_UNREACHABLE', { detail: `its socket ${path} cannot be used (${why})` }));
  return new Promise((resolve) => {
    const socket = connect(path);
    const chunks: Buffer[] = [];
    let size = 0;
    const timeout = AbortSignal.timeout(timeoutMs);
    const end = (outcome: Result<string>) => {
      timeout.onabort = null;
      socket.destroy();
      resolve(outcome);
    };
    timeout.onabort = () => end(unreachable(`it did not answer within ${timeoutMs / 1000} s`));
    socket.on('connect', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxAnswerBytes)
        end(err(problem('SERVER_REFUSED', { detail: `its socket ${path} answers more than ${maxAnswerBytes} bytes` })));
    });
    socket.on('end', () => end(ok(Buffer.concat(chunks).toString('utf8'))));
    socket.on('error', (error: NodeJS.ErrnoException) => end(unreachable(error.code ?? 'unknown')));
  });
}
