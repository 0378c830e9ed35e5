/** What the family knows of HAProxy. */
import { list, readShape, record, text } from '../../../values/json-shape.js';
import { ok } from '../../../values/result.js';
import type { Member } from '../member.js';
import { admit } from './admit.js';
import { HaproxyInstaller } from './haproxy.installer.js';
import { parseHaproxyPlace, type HaproxyPlace } from './haproxy-place.js';
import { haproxyVerbs } from './server/verbs.js';

export const HAPROXY: Member = {
  kind: 'HAPROXY',
  place: (value) => {
    const read = readShape(() => readPlace(value));
    const place = read.ok ? parseHaproxyPlace(read.value) : read;
    if (!place.ok) return place;
    const { binary, configuration, tree } = place.value;
    return ok({
      tree,
      verbs: haproxyVerbs(place.value),
      admit: admit(tree),
      // Not the socket: it belongs to the user that HAProxy runs as, whose keys these are anyway.
      paths: [binary, ...configuration, tree],
      installer: (parts) => new HaproxyInstaller({ ...parts, place: place.value }),
    });
  },
};

function readPlace(value: unknown): HaproxyPlace {
  const place = record(value, 'place', ['binary', 'configuration', 'tree', 'statsSocket']);
  return {
    binary: text(place.binary, 'binary', 4096),
    configuration: list(place.configuration, 'configuration', 20, (each, where) => text(each, where, 4096)),
    tree: text(place.tree, 'tree', 4096),
    statsSocket: text(place.statsSocket, 'statsSocket', 4096),
  };
}
