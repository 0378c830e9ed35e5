/** What the family knows of Apache. */
import { readShape, record, text } from '../../../values/json-shape.js';
import { ok } from '../../../values/result.js';
import { GenerationInstaller } from '../generations/generation.installer.js';
import type { Member } from '../member.js';
import { admit } from './admit.js';
import { apacheDialect } from './apache-dialect.js';
import { parseApachePlace, type ApachePlace } from './apache-place.js';
import { apacheVerbs } from './server/verbs.js';

export const APACHE: Member = {
  kind: 'APACHE',
  place: (value) => {
    const read = readShape(() => readPlace(value));
    const place = read.ok ? parseApachePlace(read.value) : read;
    if (!place.ok) return place;
    const { tree } = place.value;
    return ok({
      tree,
      verbs: apacheVerbs(place.value),
      admit: admit(place.value),
      paths: Object.values(place.value),
      installer: ({ listeners, ...parts }) =>
        new GenerationInstaller({ ...parts, tree, dialect: apacheDialect({ host: parts.host, place: place.value, listeners }) }),
    });
  },
};

function readPlace(value: unknown): ApachePlace {
  const place = record(value, 'place', ['binary', 'mainConfiguration', 'modules', 'tree']);
  return {
    binary: text(place.binary, 'binary', 4096),
    mainConfiguration: text(place.mainConfiguration, 'mainConfiguration', 4096),
    modules: text(place.modules, 'modules', 4096),
    tree: text(place.tree, 'tree', 4096),
  };
}
