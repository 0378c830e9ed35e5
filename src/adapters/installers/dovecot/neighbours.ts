/** Names of ours and of others in one Dovecot: theirs come first in its configuration, and the first that fits wins. Dovecot tests none of it as an error. */
import { covers, isWildcard, type CertificateName, type Hostname } from '../../../values/hostname.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { bindingKeyText, type BindingKey } from '../installer.js';

/** One SERVER_CONFIG_REFUSED, with the binding as its subject, for each that a name of theirs answers already. */
export const taken = (keys: readonly BindingKey[], theirs: readonly string[], file: string): readonly Problem[] => {
  const names = theirs.map((name) => name.toLowerCase() as CertificateName);
  return keys.flatMap((key) => {
    const other = names.find(
      (name) => name === key.name || (isWildcard(name) && !isWildcard(key.name) && covers(name, key.name as Hostname)),
    );
    const detail = `somebody else's local_name ${other ?? ''} comes before ${key.name}`;
    return other === undefined ? [] : [problem('SERVER_CONFIG_REFUSED', { detail, file }, { subject: bindingKeyText(key) })];
  });
};
