import { afterAll, beforeAll, it } from 'vitest';
import { makeCa, type TestCa } from '../test/support/pki/certificates.js';
import { installOn, startTestEdge, type TestEdge } from '../test/support/edge.js';
import { print, timed } from './figure.js';

let edge: TestEdge;
let ca: TestCa;
beforeAll(async () => {
  [edge, ca] = [await startTestEdge(), await makeCa()];
});
afterAll(() => edge?.stop());

it('one site into the embedded edge: staged, tested, swapped in', async () => {
  for (const [there, fill] of [
    [0, 0],
    [1_000, 1_000],
  ] as const) {
    const wildcard = await ca.issue({ names: ['*.filler.localhost'] });
    const fillers = Array.from({ length: fill }, (_, index) => ({ name: `f${index}.filler.localhost`, certificates: [wildcard] }));
    if (fill > 0) await installOn(edge, fillers);
    const samples: number[] = [];
    for (let round = 0; round < 50; round++) {
      const name = `site${there}-${round}.localhost`;
      const certificates = [await ca.issue({ names: [name] })];
      samples.push(await timed(() => installOn(edge, [{ name, certificates }])));
    }
    print(`one site beside ${there} others, on the disk`, 'ms', samples, { missing: 'nginx, for its reload: not measured yet' });
  }
});
