/** HAProxy, as the engine speaks with it (generations/dialect.ts). */
import { err, ok, type Result } from '../../../values/result.js';
import { problem } from '../../../values/problems/problem.js';
import type { Host } from '../../hosts/host.js';
import type { Challenge } from '../generations/challenges.js';
import type { Dialect } from '../generations/dialect.js';
import { listenerOf } from '../generations/site.js';
import type { Listener } from '../installer.js';
import { CHALLENGE_MAP, challengeKey, challengeValue, withChallenge, withoutChallenge } from './challenge-map.js';
import type { HaproxyPlace } from './haproxy-place.js';
import { endpointsCollide, listOf } from './lists.js';
import { inTheWay } from './neighbours.js';
import { foundationListens, renderFoundation, renderNames, renderSites, standingLists } from './render.js';
import { HaproxyControl } from './server/control.js';
import { payloadOf } from './server/converge.js';
import { MAX_PAYLOAD_BYTES } from './server/runtime-socket.js';
import { shownSites } from './shown-sites.js';
import { confused } from './key-types.js';
import { HAPROXY_SPELLING } from './spelling.js';

/** As many as one argument of a verb has room for; beyond, all are looked at. */
const MOST_LISTS = 500;

type HaproxyHere = { readonly host: Host; readonly place: HaproxyPlace; readonly listeners: readonly Listener[] };

export function haproxyDialect({ host, place: { tree }, listeners }: HaproxyHere): Dialect {
  const control = new HaproxyControl(host);
  return {
    title: 'HAProxy',
    spelling: HAPROXY_SPELLING,
    shardOf: listOf,
    answersAt: (key) => listenerOf(key, listeners) !== undefined,
    refusal: (certificate) =>
      payloadOf(certificate).reveal().length > MAX_PAYLOAD_BYTES
        ? `key and chain are longer than the ${MAX_PAYLOAD_BYTES} bytes that HAProxy takes`
        : undefined,
    confused,
    showsChallenges: (foundation) => foundationListens(foundation, listeners),
    challenges: challengeMap(host, control),
    shown: async (sites) => {
      const differences = await control.differences();
      if (differences.ok) return ok(shownSites(sites, differences.value, listeners));
      return differences.problem.code === 'SERVER_UNREACHABLE' ? ok(sites) : differences;
    },
    survey: async () => {
      if (endpointsCollide(listeners))
        return err(problem('SERVER_REFUSED', { detail: 'two of its addresses cannot be told apart: leave one out' }));
      const found = await control.survey();
      if (!found.ok) return found;
      const { build, runs } = found.value;
      const wording = { tree, build, listeners };
      return ok({
        capabilities: { software: 'HAProxy', version: build.version, tlsLibrary: build.tlsLibrary, changesWithoutReload: true },
        runs,
        foundation: renderFoundation(wording),
        renderSites: (sites) => renderSites(sites, wording),
        renderNames: (sites) => renderNames(sites, wording),
        standingShards: standingLists(wording),
        standingFiles: [{ path: CHALLENGE_MAP, content: '', access: 'OWNER' }],
      });
    },
    adopted: () => control.adopted(),
    test: async (generation) => {
      const foreign = await control.test(generation);
      return foreign.ok ? ok({ hidden: inTheWay(listeners, foreign.value), taken: () => [] }) : foreign;
    },
    adopt: (fence) => control.adopt(fence),
    reload: (fence) => control.takeUp([], fence),
    load: (changes, fence) => {
      const lists = [...new Set(changes.map(({ key }) => listOf(key)))];
      return control.takeUp(lists.length > MOST_LISTS ? [] : lists, fence);
    },
  };
}

/** The file first: a start shows the same. One process writes it at a time (`turns` of the engine). */
function challengeMap(host: Host, control: HaproxyControl): NonNullable<Dialect['challenges']> {
  const change = async (changed: (map: string) => Result<string>): Promise<Result<void>> => {
    const before = await host.read(CHALLENGE_MAP);
    if (!before.ok) return before;
    const text = before.value?.revealText() ?? '';
    const after = changed(text);
    if (!after.ok) return after;
    return after.value === text ? ok(undefined) : host.write([{ path: CHALLENGE_MAP, content: after.value, access: 'OWNER' }]);
  };
  return {
    present: async (challenge: Challenge, body: string) => {
      const [key, value] = [challengeKey(challenge), challengeValue(body)];
      if (!value.ok) return value;
      const written = await change((map) => withChallenge(map, key, value.value));
      return written.ok ? control.showChallenge(key, value.value) : written;
    },
    remove: async (challenge: Challenge) => {
      const key = challengeKey(challenge);
      const written = await change((map) => ok(withoutChallenge(map, key)));
      return written.ok ? control.hideChallenge(key) : written;
    },
  };
}
