/**
 * Does a server's certificate hold: is there a path from it to a root that the client trusts (RFC 5280 6.1, CA/B BR, RFC 4158 for the search)?
 * Pure, and ours: libraries either link by name and stop at the first issuer that fits, or answer yes and no without a cause.
 * Used before anything issued is installed, and for every chain that a handshake showed. Revocation is a question of its own.
 */
import type { Problem } from '../../../values/problems/problem.js';
import { err, type Result } from '../../../values/result.js';
import type { Certificate } from '../certificate.js';
import { buildPath } from './builder.js';
import { madeForHandshakes, madeForServers, namesHost, signedSoundly, soundKey, understood, validAt } from './checks.js';
import { moreUseful } from './failure-rank.js';
import type { PathRequest } from './path-request.js';

/** The path, leaf first, root last; or, of everything that stands against it, the most useful to know. */
export function validatePath(request: PathRequest): Result<{ chain: readonly Certificate[] }> {
  const { leaf, hostname, now } = request;
  const found = [
    validAt(leaf, now),
    understood(leaf),
    signedSoundly(leaf),
    soundKey(leaf),
    madeForHandshakes(leaf),
    madeForServers(leaf),
    hostname && namesHost(leaf, hostname),
  ].filter((problem) => problem !== undefined);
  const path = buildPath(request);
  if (!path.ok) found.push(path.problem);
  const worst = found.reduce<Problem | undefined>(moreUseful, undefined);
  return worst ? err(worst) : path;
}
