/** What a check that ends early does with what is under way. */
import { type Problem, problem } from '../../../values/problems/problem.js';
import { err } from '../../../values/result.js';
import type { Dialer } from '../dialing/dialer.js';

/** The promise's value, or STOPPED; then the work goes on unheard. */
export async function unlessStopped<T>(work: Promise<T>, stopped: AbortSignal): Promise<T | 'STOPPED'> {
  const { promise, resolve } = Promise.withResolvers<'STOPPED'>();
  const stop = () => resolve('STOPPED');
  if (stopped.aborted) stop();
  stopped.addEventListener('abort', stop);
  try {
    return await Promise.race([promise, work]);
  } finally {
    stopped.removeEventListener('abort', stop);
  }
}

/** Its connections end when the check does. */
export const stoppableDialer = (dialer: Dialer, stopped: AbortSignal): Dialer => ({
  async connect(endpoint, options) {
    if (stopped.aborted) return err(whyStopped(stopped));
    const dialling = dialer.connect(endpoint, options);
    const dialled = await unlessStopped(dialling, stopped);
    if (dialled === 'STOPPED') {
      void dialling.then((late) => late.ok && late.value.destroy());
      return err(whyStopped(stopped));
    }
    if (dialled.ok) {
      const socket = dialled.value;
      const end = () => void socket.destroy();
      stopped.addEventListener('abort', end);
      socket.once('close', () => stopped.removeEventListener('abort', end));
    }
    return dialled;
  },
});

export function whyStopped({ reason }: AbortSignal): Problem {
  const late = reason instanceof Error && reason.name === 'TimeoutError';
  return problem('CHECK_STOPPED', { detail: late ? 'because its time was over' : 'because it was called off' });
}
