/** What the program says about itself. */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type DovecotBuild = { readonly version: string; readonly tlsLibrary: string };

/** `version`: from `dovecot --version`, `2.3.19.1 (9b53102964)`. SERVER_REFUSED for one whose language is another than we write. */
export function readBuild({ version: said, tlsLibrary }: { version: string; tlsLibrary: string }): Result<DovecotBuild> {
  const refuse = (detail: string) => err(problem('SERVER_REFUSED', { detail }));
  const [, version, major, minor] = /^((\d+)\.(\d+)(?:\.\d+)*)(?: \([0-9a-f]+\))?\s*$/.exec(said) ?? [];
  if (version === undefined) return refuse('its program does not say which Dovecot it is');
  // 2.4 has other names for all of it; before 2.3 a certificate of the second kind was an afterthought (ssl_alt_cert came with 2.2.31).
  if (Number(major) !== 2 || Number(minor) !== 3) return refuse(`Dovecot ${version} is configured in another language than that of 2.3`);
  if (tlsLibrary === '') return refuse('it was built without TLS');
  return ok({ version, tlsLibrary });
}
