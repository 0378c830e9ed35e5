/** What the program says about itself, and whether that is enough for us. */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type HaproxyBuild = {
  readonly version: string;
  /** The one that it runs with, which a package update may have changed since it was built. */
  readonly tlsLibrary: string;
  /** X25519MLKEM768 is in OpenSSL from 3.5 on. */
  readonly hybridGroups: boolean;
};

/** Defaults with a name, which keep ours from theirs, came with 2.4; lists of certificates that change while it runs with 2.2. */
const OLDEST = [2, 4];

/** From the output of `haproxy -vv`. SERVER_REFUSED where it says something else, or is too old, or was built without what we need. */
export function readBuild(output: string): Result<HaproxyBuild> {
  const refuse = (detail: string) => err(problem('SERVER_REFUSED', { detail }));
  const [, version] = /^HA-?Proxy version (\d+\.\d+[^\s]*)/m.exec(output) ?? [];
  if (version === undefined) return refuse('its program does not say that it is HAProxy, or which');
  if (!isAtLeast(version, OLDEST)) return refuse(`it is HAProxy ${version}; ${OLDEST.join('.')} is the oldest that can be driven`);
  const [, tlsLibrary] = /^Running on (\S+ version : .+)$/m.exec(output) ?? [];
  if (tlsLibrary === undefined) return refuse('it was built without TLS');
  if (!/^OpenSSL library supports SNI : yes$/m.test(output)) return refuse('it was built without SNI');
  const library = tlsLibrary.replace(/^\S+ version : /, '').replace(/ +\d{1,2} [A-Z][a-z]{2} \d{4}.*$/, '');
  const hybridGroups = library.startsWith('OpenSSL ') && isAtLeast(library.slice('OpenSSL '.length), [3, 5]);
  return ok({ version, tlsLibrary: library, hybridGroups });
}

function isAtLeast(version: string, wanted: readonly number[]): boolean {
  const numbers = (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
  const differs = wanted.findIndex((number, at) => (numbers[at] ?? 0) !== number);
  return differs < 0 || (numbers[differs] ?? 0) > (wanted[differs] ?? 0);
}
