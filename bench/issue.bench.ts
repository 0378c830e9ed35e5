import { expect, it } from 'vitest';
import { startTestApp } from '../test/support/app.js';
import { startTestEdge } from '../test/support/edge.js';
import { addDomain, createSite, isSecure, placeOrder } from '../test/support/story.js';
import { print, timed, type Peer } from './figure.js';
import { nodeLoop, type Contestant } from './issue/contestant.js';
import { startHostseal } from './issue/hostseal.js';
import { startProgram, type ProgramName } from './issue/programs.js';

const ROUNDS = 3;
const NAMES = 100;
type Entry = {
  readonly title: string;
  /** Undefined where it is missing. */
  readonly start: () => Promise<Contestant | undefined>;
  readonly rounds: number;
  /** In a round. Fewer where each of them takes seconds: the figures are for one certificate. */
  readonly names: number;
};
const program = (title: ProgramName, rounds: number, names: number): Entry => ({ title, rounds, names, start: () => startProgram(title) });
const PEERS: readonly Entry[] = [
  { title: 'acme-client', rounds: ROUNDS, names: NAMES, start: () => nodeLoop('acme-client 5.4.0, 8 at once', 'acme-client.mjs') },
  { title: 'floor', rounds: ROUNDS, names: NAMES, start: () => nodeLoop('the bare protocol in Node, 8 at once', 'protocol-floor.mjs') },
  program('Apache mod_md', ROUNDS, NAMES),
  program('Caddy', 2, 20),
  program('certbot', ROUNDS, 3),
  program('lego', ROUNDS, 3),
];

it('certificates at a CA that speaks ACME, from the order to what is stored', async () => {
  const entries = [{ title: 'Hostseal', start: startHostseal, rounds: ROUNDS, names: NAMES }, ...PEERS];
  const contestants = new Map<string, Contestant>();
  const samples = new Map(entries.map(({ title }) => [title, { wall: [] as number[], cpu: [] as number[] }]));
  try {
    for (const { title, start } of entries) {
      const contestant = await start();
      if (contestant) contestants.set(title, contestant);
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const { title, rounds, names } of entries) {
        const contestant = contestants.get(title);
        if (contestant === undefined || round >= rounds) continue;
        const before = contestant.issued();
        const { wallMs, cpuMs } = await contestant.issue(Array.from({ length: names }, (_, index) => `r${round}n${index}.bench.test`));
        expect(contestant.issued() - before, title).toBe(names);
        samples.get(title)!.wall.push(wallMs / names);
        samples.get(title)!.cpu.push(cpuMs / names);
      }
    }
  } finally {
    for (const contestant of contestants.values()) await contestant.stop();
  }
  for (const figure of ['wall', 'cpu'] as const) {
    for (const { title } of PEERS) {
      const name = contestants.get(title)?.name;
      const peer: Peer = name ? { name, samples: samples.get(title)![figure] } : { missing: `${title} is missing: run bench/parts.sh` };
      print(FIGURES[figure], 'ms', samples.get('Hostseal')![figure], peer);
    }
  }
});

const FIGURES = { wall: 'a certificate, ordered to stored', cpu: 'its processor time' };

it('an order, from the call to the proof', async () => {
  const edge = await startTestEdge();
  const app = await startTestApp({ edge, env: { HOSTSEAL_RATE_LIMIT: '1000000' } });
  await addDomain(app.asAdmin);
  const samples: number[] = [];
  for (let round = 0; round < 30; round++) {
    const site = await createSite(app.asAdmin, `site${round}.localhost`);
    samples.push(await timed(() => placeOrder(app.asAdmin, site).then(() => isSecure(app.asAdmin, site))));
  }
  print('one order at the local CA, placed to proven', 'ms', samples, { missing: 'no peer goes that far' });
  await app.close();
  await edge.stop();
});
