/** A dialer whose connections end when their check does. */
import { type Problem, problem } from '../../../values/problems/problem.js';
import { err } from '../../../values/result.js';
import type { Dialer } from '../dialer.js';

export const stoppableDialer = (dialer: Dialer, stopped: AbortSignal): Dialer => ({
  async connect(endpoint, options) {
    const aborted = new Promise<'ABORTED'>((resolve) => stopped.addEventListener('abort', () => resolve('ABORTED'), { once: true }));
    const dialling = dialer.connect(endpoint, options);
    const dialled = stopped.aborted ? 'ABORTED' : await Promise.race([dialling, aborted]);
    if (dialled === 'ABORTED') {
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
