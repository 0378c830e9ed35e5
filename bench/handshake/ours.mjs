/** Our engine as it is built, in a process of its own: the full check, and the sweep. */
import { makeAddressGuard } from '../../dist/adapters/network/dialing/address-guard.js';
import { makeDialer } from '../../dist/adapters/network/dialing/dialer.js';
import { makeSiteChecker } from '../../dist/adapters/network/probe/check/site-checker.js';
import { makeResolver } from '../../dist/adapters/network/dialing/resolver.js';
import { SystemClock } from '../../dist/platform/clock.js';
import { SystemRandom } from '../../dist/platform/random.js';
import { serveTasks, targets } from './measured.mjs';

const place = JSON.parse(process.argv[2]);
const resolver = makeResolver({ servers: [] });
const guard = makeAddressGuard(place.sites.map(({ address }) => ({ address })));
const [clock, random] = [new SystemClock(), new SystemRandom()];
const checker = makeSiteChecker({ dialer: makeDialer({ guard, resolver }), resolver, guard, clock, random });

async function sweep(count, each = () => undefined) {
  let done = 0;
  for await (const { session, failure } of checker.sweep(targets(count, place))) {
    if (session === undefined) throw new Error(JSON.stringify(failure));
    each(++done);
  }
  if (done !== count) throw new Error(`${done} of ${count}`);
}

serveTasks({
  async check() {
    const [{ address, name }] = place.sites;
    const check = await checker.check({ name, address, port: place.port, pace: 'OURS' });
    if (!check.addresses.ok) throw new Error(JSON.stringify(check.addresses.problem));
    const [{ connections, ...seen }] = check.addresses.value;
    return { connections, facts: facts(seen) };
  },
  sweep,
  /** One sweep, and what the process holds in the middle of it, when so many sites are done. */
  async memory({ count, after }) {
    const heldMb = [];
    await sweep(count, (done) => {
      if (!after.includes(done)) return;
      globalThis.gc();
      heldMb.push(process.memoryUsage().rss / 2 ** 20);
    });
    return { heldMb };
  },
});

/** Each text, number, certificate, and each yes or no. */
function facts(value) {
  const isOne = typeof value !== 'object' || value === null || ArrayBuffer.isView(value);
  return isOne ? 1 : Object.values(value).reduce((sum, each) => sum + facts(each), 0);
}
