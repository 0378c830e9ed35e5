/** What the family knows of Postfix. */
import { readShape, record, text } from '../../../values/json-shape.js';
import { ok } from '../../../values/result.js';
import { mailInstaller } from '../generations/mail/mail-installer.js';
import type { Member } from '../member.js';
import { admit } from './admit.js';
import { postfixDialect } from './postfix-dialect.js';
import { parsePostfixPlace, type PostfixPlace } from './postfix-place.js';
import { postfixVerbs } from './server/verbs.js';

export const POSTFIX: Member = {
  kind: 'POSTFIX',
  place: (value) => {
    const read = readShape(() => readPlace(value));
    const place = read.ok ? parsePostfixPlace(read.value) : read;
    if (!place.ok) return place;
    const { tree } = place.value;
    return ok({
      tree,
      verbs: postfixVerbs(place.value),
      admit: admit(tree),
      paths: Object.values(place.value),
      installer: ({ mail, ...parts }) =>
        mailInstaller({ ...parts, tree, dialect: postfixDialect({ host: parts.host, place: place.value, mail }) }),
    });
  },
};

function readPlace(value: unknown): PostfixPlace {
  const place = record(value, 'place', ['commands', 'configuration', 'tree']);
  return {
    commands: text(place.commands, 'commands', 4096),
    configuration: text(place.configuration, 'configuration', 4096),
    tree: text(place.tree, 'tree', 4096),
  };
}
