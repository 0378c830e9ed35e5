import { it } from 'vitest';
import { Machine } from '../support/process.js';
it('m', async () => {
  const machine = await Machine.start();
  try {
    for (let i = 0; i < 4; i++) {
      const t0 = Date.now();
      const api = machine.standBy();
      await new Promise((r) => setTimeout(r, 3000));
      const t1 = Date.now();
      await api.begin();
      console.log('ready after', Date.now() - t1);
      await api.kill();
    }
  } finally { await machine.stop(); }
}, 100000);
