/** What the family knows of nginx. */
import { readShape, record, text } from '../../../values/json-shape.js';
import { ok } from '../../../values/result.js';
import { GenerationInstaller } from '../generations/generation.installer.js';
import type { Member } from '../member.js';
import { admit } from './admit.js';
import { nginxDialect } from './nginx-dialect.js';
import { parseNginxPlace, type NginxPlace } from './nginx-place.js';
import { workersGroup } from './server/workers-group.js';
import { nginxVerbs } from './server/verbs.js';

export const NGINX: Member = {
  kind: 'NGINX',
  place: (value) => {
    const read = readShape(() => readPlace(value));
    const place = read.ok ? parseNginxPlace(read.value) : read;
    if (!place.ok) return place;
    const { tree } = place.value;
    return ok({
      tree,
      verbs: nginxVerbs(place.value),
      admit: admit(tree),
      paths: Object.values(place.value),
      workersGroup: () => workersGroup(place.value),
      installer: ({ listeners, serving, ...parts }) =>
        new GenerationInstaller({ ...parts, tree, dialect: nginxDialect({ host: parts.host, place: place.value, listeners, serving }) }),
    });
  },
};

function readPlace(value: unknown): NginxPlace {
  const place = record(value, 'place', ['binary', 'mainConfiguration', 'tree']);
  return {
    binary: text(place.binary, 'binary', 4096),
    mainConfiguration: text(place.mainConfiguration, 'mainConfiguration', 4096),
    tree: text(place.tree, 'tree', 4096),
  };
}
