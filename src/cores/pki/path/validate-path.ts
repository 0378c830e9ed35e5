/**
 * Does a server's certificate hold: is there a path from it to a root that the client trusts (RFC 5280 6.1, CA/B BR, RFC 4158 for the search)?
 * Pure, and ours: libraries either link by name and stop at the first issuer that fits, or answer yes and no without a cause.
 * Used before anything issued is installed, and for every chain that a handshake showed. Revocation counts where the caller brings lists.
 */
import type { Problem } from '../../../values/problems/problem.js';
import { err, type Result } from '../../../values/result.js';
import type { Certificate } from '../certificate.js';
import { buildPath } from './builder.js';
import { allowsUses, madeFor, madeForHandshakes, signedSoundly, soundKey, understood, validAt } from './checks.js';
import { nonconformity } from '../conformance/conformance.js';
import { moreUseful } from './failure-rank.js';
import type { PathRequest } from './path-request.js';
import { namesPeer, type PeerName } from './peer-name.js';

/** The path, leaf first, root last; or, of everything that stands against it, the most useful to know. */
export function validatePath(request: PathRequest): Result<{ chain: readonly Certificate[] }> {
  const path = buildPath(request);
  const found = path.ok ? [] : [path.problem];
  const worst = [...failuresOfLeaf(request), ...found].reduce<Problem | undefined>(moreUseful, undefined);
  return worst ? err(worst) : path;
}

function failuresOfLeaf({ leaf, hostname, peers = [], purpose, extendedKeyUsage = [], keyUsage = [], ...request }: PathRequest): Problem[] {
  const strict = request.profile === 'CONFORMING';
  const names: PeerName[] = [...(hostname ? [{ kind: 'DNS' as const, name: hostname }] : []), ...peers];
  return [
    validAt(leaf, request.now),
    understood(leaf),
    signedSoundly(leaf, request.signatureAlgorithms),
    soundKey(leaf),
    strict ? nonconformity({ certificate: leaf, place: 'LEAF', forServer: purpose === 'serverAuth' }) : madeForHandshakes(leaf),
    madeFor(purpose, leaf),
    ...extendedKeyUsage.map((oid) => madeFor(oid, leaf)),
    allowsUses(leaf, keyUsage),
    ...names.map((peer) => namesPeer(leaf, peer, strict)),
  ].filter((problem) => problem !== undefined);
}
