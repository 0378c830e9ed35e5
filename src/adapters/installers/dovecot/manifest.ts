/** What the family knows of Dovecot. */
import { readShape, record, text } from '../../../values/json-shape.js';
import { ok } from '../../../values/result.js';
import { mailInstaller } from '../generations/mail/mail-installer.js';
import type { Member } from '../member.js';
import { admit } from './admit.js';
import { dovecotDialect } from './dovecot-dialect.js';
import { parseDovecotPlace, type DovecotPlace } from './dovecot-place.js';
import { dovecotVerbs } from './server/verbs.js';

export const DOVECOT: Member = {
  kind: 'DOVECOT',
  place: (value) => {
    const read = readShape(() => readPlace(value));
    const place = read.ok ? parseDovecotPlace(read.value) : read;
    if (!place.ok) return place;
    const { tree } = place.value;
    return ok({
      tree,
      verbs: dovecotVerbs(place.value),
      admit: admit(tree),
      paths: Object.values(place.value),
      installer: ({ mail, ...parts }) =>
        mailInstaller({ ...parts, tree, dialect: dovecotDialect({ host: parts.host, place: place.value, mail }) }),
    });
  },
};

function readPlace(value: unknown): DovecotPlace {
  const place = record(value, 'place', ['binary', 'mainConfiguration', 'tree']);
  return {
    binary: text(place.binary, 'binary', 4096),
    mainConfiguration: text(place.mainConfiguration, 'mainConfiguration', 4096),
    tree: text(place.tree, 'tree', 4096),
  };
}
