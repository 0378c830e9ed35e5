/** Servers end TLS for sites, at addresses. An administrator's servers are used by all accounts below. */
import { parseId, type Id } from '../../values/id.js';
import { seconds, type Duration, type Instant } from '../../values/instant.js';
import { parseIpAddress, type IpAddress } from '../../values/ip-address.js';
import { parseLabel } from '../../values/label.js';
import type { ProblemCode } from '../../values/problems/codes.js';
import { about, problem, type Problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';

/** Each has an installer that can drive it. */
export const SERVER_KINDS = ['EMBEDDED_EDGE', 'NGINX'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/**
 * How long a server is left alone after a change. One that reloads for each gets those that come meanwhile at once: a reload costs it all of its
 * idle connections, and seconds where it has thousands of sites.
 */
export const GATHERED_FOR: Readonly<Record<ServerKind, Duration>> = { EMBEDDED_EDGE: seconds(0), NGINX: seconds(2) };

export type Server = {
  readonly id: Id<'server'>;
  readonly accountId: Id<'account'>;
  /** For people. */
  readonly name: string;
  readonly kind: ServerKind;
  readonly createdAt: Instant;
};

/** Where a server listens: plain HTTP for challenges and redirects, TLS for the rest. */
export type Address = {
  readonly id: Id<'address'>;
  readonly serverId: Id<'server'>;
  readonly ip: IpAddress;
  readonly httpPort: number;
  readonly httpsPort: number;
};

type NewServer = Pick<Server, 'name' | 'kind'>;
export type ServerInput = { name: string; kind: ServerKind };

export const parseNewServer = ({ name, kind }: ServerInput): Result<NewServer> => allFields({ name: parseLabel(name), kind: ok(kind) });

export type NewAddress = Omit<Address, 'id'>;
export type AddressInput = { serverId: string; ip: string; httpPort: number; httpsPort: number };

export function parseNewAddress(input: AddressInput): Result<NewAddress> {
  const address = allFields({
    serverId: parseId('server', input.serverId),
    ip: parseIpAddress(input.ip),
    httpPort: parsePort(input.httpPort),
    httpsPort: parsePort(input.httpsPort),
  });
  const same = address.ok && address.value.httpPort === address.value.httpsPort;
  return same ? err(about('httpsPort', problem('DUPLICATE', { text: input.httpsPort }))) : address;
}

/** RFC 6335 6: 1 to 65535; 0 is reserved. */
const parsePort = (port: number): Result<number> =>
  Number.isInteger(port) && port >= 1 && port <= 65_535 ? ok(port) : err(problem('NOT_A_PORT', { port }));

/** Nothing is known of what it shows, and nothing can be changed there: it is waited for, until it answers or its administrator has seen to it. */
const OUT_OF_REACH: ReadonlySet<ProblemCode> = new Set(['SERVER_UNREACHABLE', 'HOST_KEY_CHANGED', 'HOST_NOT_PINNED']);
export const isOutOfReach = ({ code }: Problem): boolean => OUT_OF_REACH.has(code);

/** Told in a server's own words: of its files, and of sites beside ours, which are others'. */
const IN_ITS_WORDS: ReadonlySet<ProblemCode> = new Set(['CHANGED_BY_HAND', 'SERVER_CONFIG_REFUSED', 'SERVER_REFUSED']);

const FOR_ITS_ADMINISTRATOR = 'its administrator can read why';

/** What befell a server, as any of its tenants may read it. */
export function toldToTenants(cause: Problem): Problem {
  // Where its machine is, and which key that shows, is not theirs to know.
  if (isOutOfReach(cause)) {
    const { server } = cause.facts;
    const facts = { ...(server !== undefined && { server }), detail: FOR_ITS_ADMINISTRATOR };
    return { ...cause, code: 'SERVER_UNREACHABLE', facts, sub: [] };
  }
  if (!IN_ITS_WORDS.has(cause.code)) return cause;
  const { path, ...facts } = cause.facts;
  return {
    ...cause,
    facts: { ...facts, ...(path !== undefined && { path: 'A file' }), detail: FOR_ITS_ADMINISTRATOR },
    sub: [],
  };
}
