/** What the program says about itself. */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type PostfixBuild = { readonly version: string; readonly tlsLibrary: string };

/** SERVER_REFUSED for one that cannot choose by name: tls_server_sni_maps came with 3.4. */
export function readBuild({ version, tlsLibrary }: PostfixBuild): Result<PostfixBuild> {
  const refuse = (detail: string) => err(problem('SERVER_REFUSED', { detail }));
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})(?:[.-][\w.-]+)?$/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return refuse('it does not say which Postfix it is');
  if (Number(major) < 3 || (Number(major) === 3 && Number(minor) < 4))
    return refuse(`Postfix ${version} has no tls_server_sni_maps: 3.4 has`);
  if (tlsLibrary === '') return refuse('it was built without TLS');
  return ok({ version, tlsLibrary });
}
