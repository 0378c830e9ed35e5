/**
 * What the planner says about a map, each kind of real server does: random maps are installed, some side by side, and every class of names is
 * asked for by real handshakes.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DesiredBinding, Installer } from '../../../src/adapters/installers/installer.js';
import {
  indexed,
  placeKey,
  resolve,
  type SniIndex,
  type SniMap,
  type SniPlace,
  type SniQuestion,
} from '../../../src/features/bindings/sni-map.js';
import { questions } from '../../../src/features/bindings/sni-proof.js';
import { unwrap } from '../../../src/values/result.js';
import { Secret } from '../../../src/values/secret.js';
import { startTestEdge } from '../../support/edge.js';
import { startTestNginx } from '../../support/nginx/nginx.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';
import { apart, askedNames, randomMap } from '../../support/sni/random-map.js';
import { handshake } from '../../support/tls/handshake.js';

const MAPS = 30;
/** In one change; the next takes all of them away. */
const SIDE_BY_SIDE = 10;
/** The same maps each time: a difference between two runs is one of the server. */
const SEED = 20_261_130;
/** Names that get into each other's way, asked for beside one of each class. */
const ASKED_MORE = 8;
const AT_ONCE = 32;

type Server = { readonly installer: Installer; readonly places: readonly SniPlace[]; stop(): Promise<void> };
const placesOf = (listeners: readonly { address: SniPlace['ip']; httpsPort: number }[]): readonly SniPlace[] =>
  listeners.map(({ address, httpsPort }) => ({ ip: address, port: httpsPort }));

describe.each<[string, () => Promise<Server>]>([
  ['the embedded edge', async () => startTestEdge().then((edge) => ({ ...edge, places: placesOf(edge.listeners) }))],
  ['nginx', async () => startTestNginx().then((nginx) => ({ ...nginx, places: placesOf(nginx.listeners) }))],
])('the map and %s', (_, start) => {
  let server: Server;
  let ca: TestCa;
  const certificates = new Map<string, TestCertificate>();
  let generation = 0;
  beforeAll(async () => {
    [server, ca] = [await start(), await makeCa()];
  });
  afterAll(() => server?.stop());

  /** Of each place and name its own. */
  async function certificateAt(place: SniPlace, name: string): Promise<TestCertificate> {
    const key = `${placeKey(place)} ${name}`;
    const made = certificates.get(key) ?? (await ca.issue({ names: [name] }));
    certificates.set(key, made);
    return made;
  }

  /** In one change from whatever is there. */
  async function install({ entries }: SniMap): Promise<void> {
    const put = await Promise.all(
      entries.map(async ({ ip: address, port, name }): Promise<DesiredBinding> => {
        const { fingerprint, chainPem, keyPem } = await certificateAt({ ip: address, port }, name);
        return { key: { address, port, name }, certificates: [{ fingerprint, chain: chainPem, key: Secret.of(keyPem) }], route: 'NONE' };
      }),
    );
    const there = unwrap(await server.installer.inventory()).bindings.map(({ key }) => key);
    const remove = there.filter(
      (key) => !entries.some((each) => each.ip === key.address && each.port === key.port && each.name === key.name),
    );
    generation = unwrap(await server.installer.stage({ put, remove }, 1));
    unwrap(await server.installer.test(generation));
    unwrap(await server.installer.apply(generation, 1));
    unwrap(await server.installer.prune(1));
  }

  const shown = async ({ ip, port, name }: SniQuestion): Promise<string> => (await handshake({ address: ip, port }, name)).fingerprint;

  async function difference(index: SniIndex, question: SniQuestion, neutral: ReadonlyMap<string, string>, reasons: Set<string>) {
    const { answer, why } = resolve(index, question);
    reasons.add(why);
    const expected = typeof answer === 'string' ? neutral.get(placeKey(question)) : (await certificateAt(answer, answer.name)).fingerprint;
    return (await shown(question)) === expected ? [] : [{ question, why, answer }];
  }

  it(`agree on ${MAPS} random maps, for every class of names and for none`, async () => {
    const drawn = fc.sample(randomMap(server.places), { numRuns: MAPS, seed: SEED });
    const reasons = new Set<string>();
    for (let first = 0; first < MAPS; first += SIDE_BY_SIDE) {
      const maps = drawn.slice(first, first + SIDE_BY_SIDE).map((map, i) => apart(map, `m${i}`));
      const whole = { places: server.places, entries: maps.flatMap(({ entries }) => entries) };
      await install(whole);
      const index = indexed(whole);
      const more = maps.flatMap((map) => askedNames(map).slice(0, ASKED_MORE));
      const asked = [...questions(index, []), ...server.places.flatMap((place) => more.map((name): SniQuestion => ({ ...place, name })))];
      const neutral = new Map(await Promise.all(server.places.map(async (place) => [placeKey(place), await shown(place)] as const)));
      for (let from = 0; from < asked.length; from += AT_ONCE) {
        const differences = await Promise.all(
          asked.slice(from, from + AT_ONCE).map((question) => difference(index, question, neutral, reasons)),
        );
        expect(differences.flat()).toEqual([]);
      }
      const tenants = new Set([...certificates.values()].map(({ fingerprint }) => fingerprint));
      for (const fingerprint of neutral.values()) expect(tenants).not.toContain(fingerprint);
    }
    expect(reasons).toEqual(new Set(['EXACT', 'WILDCARD', 'UNKNOWN_NAME', 'NO_NAME']));
  });
});
