/** STUB until part B's is merged. */
import { ok } from '../../values/result.js';
import type { Clock } from '../../values/clock.js';
import type { Prober } from './prober.js';
import type { SiteChecker } from './site-checker.js';
import type { Resolver } from './resolver.js';
export const stubChecker = (prober: Prober, resolver: Resolver, clock: Clock): SiteChecker => ({
  async check({ name, address, port }) {
    const at = clock.now();
    const found = address ? ok([address]) : await resolver.addresses(name!);
    const base = { name, port, at, leftOut: [], connections: { used: 1, budget: 150 } } as const;
    if (!found.ok) return { ...base, tookMs: 0, addresses: found };
    const addresses = await Promise.all(
      found.value.map(async (ip) => {
        const baseline = await prober.observe({ address: ip, port, ...(name && { servername: name }) });
        return { address: ip, port, baseline, handshakes: [], versions: [], certificates: [], resumption: {}, tolerates: {}, connections: 1 };
      }),
    );
    const allowed = addresses.filter(({ baseline }) => baseline.failure?.code !== 'ADDRESS_NOT_ALLOWED');
    return { ...base, tookMs: 1, addresses: ok(allowed) };
  },
  sweep: () => {
    throw new Error('stub');
  },
});
