/** Pools: servers that answer for the same sites, behind one name that leads to each of them, or to a server in front of them. */
import { parseId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { parseLabel } from '../../values/label.js';
import { about, problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import { isMailServer, type Server } from '../servers/server.js';

/** The server before a pool, which can take members out, and what that calls the pool. */
export type Front = { readonly serverId: Id<'server'>; readonly backend: string };

export type Pool = {
  readonly id: Id<'pool'>;
  readonly accountId: Id<'account'>;
  /** For people. */
  readonly name: string;
  /** Absent: the names lead to each member. */
  readonly front?: Front;
  readonly createdAt: Instant;
};

export type NewPool = Pick<Pool, 'accountId' | 'name' | 'front'>;
export type PoolInput = { accountId?: string | null; name: string; frontServerId?: string | null; frontBackend?: string | null };

/** INVALID_INPUT for half a front. */
export function parseNewPool(input: PoolInput, own: Id<'account'>): Result<NewPool> {
  const { frontServerId, frontBackend } = input;
  if ((frontServerId == null) !== (frontBackend == null))
    return err(about('frontBackend', problem('INVALID_INPUT', { detail: 'a front has a server and the name of a backend there' })));
  const plain = allFields({
    accountId: input.accountId ? parseId('account', input.accountId) : ok(own),
    name: parseLabel(input.name),
  });
  if (!plain.ok || frontServerId == null || frontBackend == null) return plain;
  const front = allFields({ frontServerId: parseId('server', frontServerId), frontBackend: parseBackend(frontBackend) });
  return front.ok ? ok({ ...plain.value, front: { serverId: front.value.frontServerId, backend: front.value.frontBackend } }) : front;
}

/** A proxy's name as HAProxy has it (configuration manual, 4: letters, digits, `-`, `_`, `.`, `:`). */
const parseBackend = (text: string): Result<string> =>
  /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/.test(text)
    ? ok(text)
    : err(problem('INVALID_INPUT', { detail: 'letters, digits, "-", "_", "." and ":", a letter or a digit first, at most 100' }));

/** SERVER_IN_POOL, or INVALID_INPUT where a mail server would stand for web sites, or the other way round. */
export function mayJoin(server: Server, pool: Pool, members: readonly Server[]): Result<void> {
  if (server.poolId !== undefined && server.poolId !== pool.id) return err(problem('SERVER_IN_POOL', {}, { subject: server.id }));
  const [one] = members;
  if (one && isMailServer(one.kind) !== isMailServer(server.kind))
    return err(about('serverId', problem('INVALID_INPUT', { detail: 'the servers of a pool are all for web sites, or all for mail' })));
  return pool.front?.serverId === server.id
    ? err(about('serverId', problem('INVALID_INPUT', { detail: 'it stands in front of that pool' })))
    : ok(undefined);
}
