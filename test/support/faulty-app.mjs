/**
 * The built API process with a fault in it, for tests (process.ts starts it): it writes down every fault point that it reaches, and
 * at some of them it sends itself a signal: SIGKILL to die, SIGSTOP to hang, SIGTERM to be stopped.
 */
import { appendFileSync } from 'node:fs';
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { runApp } from '../../dist/run-app.js';

flushCompileCache(); // else only who ends by itself keeps what Node has compiled
const [{ trace, fault }] = await once(process, 'message'); // the next message is the supervisor's handover

await runApp({
  faults: {
    async reached(name) {
      appendFileSync(trace, `${name}\n`, { mode: 0o600 });
      if (fault && (fault.at ?? name) === name && !fault.except?.includes(name)) process.kill(process.pid, fault.signal);
    },
  },
});
