/** Servers end TLS for sites, at addresses. An administrator's servers are used by all accounts below. */
import { parseId, type Id } from '../../values/id.js';
import { seconds, type Duration, type Instant } from '../../values/instant.js';
import { parseLabel } from '../../values/label.js';
import type { ProblemCode } from '../../values/problems/codes.js';
import { about, problem, type Problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';

/** How a server finds a site's certificate: in configuration that it has read, or by the name of each handshake (decision 22). */
export const SERVINGS = ['FILES', 'BY_NAME'] as const;
export type Serving = (typeof SERVINGS)[number];

/** Each has an installer that can drive it. */
export const SERVER_KINDS = ['EMBEDDED_EDGE', 'NGINX', 'APACHE', 'HAPROXY', 'CPANEL', 'POSTFIX', 'DOVECOT'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** They end TLS for mail: on ports of their own, for the mail clients and servers of a site. They answer no challenges. */
const MAIL_KINDS: ReadonlySet<ServerKind> = new Set(['POSTFIX', 'DOVECOT']);
export const isMailServer = (kind: ServerKind): boolean => MAIL_KINDS.has(kind);

/**
 * How long a server is left alone after a change. One that reloads for each gets those that come meanwhile at once: a reload costs it all of its
 * idle connections, and seconds where it has thousands of sites.
 */
export const gatheredFor = ({ kind, serving }: Pick<Server, 'kind' | 'serving'>): Duration =>
  serving === 'BY_NAME' ? seconds(0) : GATHERED_FOR[kind];

const GATHERED_FOR: Readonly<Record<ServerKind, Duration>> = {
  EMBEDDED_EDGE: seconds(0),
  NGINX: seconds(2),
  APACHE: seconds(5),
  HAPROXY: seconds(0),
  CPANEL: seconds(0),
  POSTFIX: seconds(2),
  DOVECOT: seconds(2),
};

/**
 * Bindings changed in one go. A larger change takes longer to prove, and longer to take back; the next one follows at once. Where each costs a
 * reload, longer is the lesser evil.
 */
export const MOST_CHANGES = Object.fromEntries(SERVER_KINDS.map((kind) => [kind, GATHERED_FOR[kind] > 0 ? 500 : 200])) as Readonly<
  Record<ServerKind, number>
>;

/** Can it show an RSA and an ECDSA certificate side by side for one name? */
export const SHOWS_PAIRS: Readonly<Record<ServerKind, boolean>> = {
  EMBEDDED_EDGE: true,
  NGINX: true,
  APACHE: true,
  HAPROXY: true,
  CPANEL: false,
  POSTFIX: true,
  DOVECOT: true,
};

export type Server = {
  readonly id: Id<'server'>;
  readonly accountId: Id<'account'>;
  /** For people. */
  readonly name: string;
  readonly kind: ServerKind;
  /** The machine that it is on; absent: this one. */
  readonly hostId?: Id<'host'>;
  /** What that machine calls it (HOSTSEAL_SERVERS there): what it is and where its files are, root has said on the machine. */
  readonly nameOnHost: string;
  /** Said once, when it is registered. */
  readonly serving: Serving;
  /** It answers for the sites of each member of this pool. */
  readonly poolId?: Id<'pool'>;
  readonly createdAt: Instant;
};

export type NewServer = Pick<Server, 'name' | 'kind' | 'hostId' | 'nameOnHost' | 'serving'>;
export type ServerInput = {
  name: string;
  kind: ServerKind;
  hostId?: string | null;
  nameOnHost?: string | null;
  serving?: Serving | null;
};

export const parseNewServer = ({ name, kind, hostId, nameOnHost, serving }: ServerInput): Result<NewServer> =>
  allFields({
    name: parseLabel(name),
    kind: ok(kind),
    ...(hostId != null && { hostId: parseId('host', hostId) }),
    nameOnHost: nameOnHost == null ? ok(USUAL_NAMES[kind]) : parseNameOnHost(nameOnHost),
    serving: parseServing(kind, serving ?? 'FILES'),
  });

/** INVALID_INPUT for a kind that cannot look certificates up. What this one's version can, it says when it is first used. */
function parseServing(kind: ServerKind, serving: Serving): Result<Serving> {
  if (serving === 'FILES' || kind === 'NGINX') return ok(serving);
  return err(about('serving', problem('INVALID_INPUT', { detail: 'BY_NAME is for nginx alone' })));
}

/** It is the name of a socket on that machine. */
function parseNameOnHost(text: string): Result<string> {
  if (/^[a-z][a-z0-9-]{0,39}$/.test(text)) return ok(text);
  const detail = 'lower-case letters, digits and hyphens, at most 40, a letter first';
  return err(about('nameOnHost', problem('INVALID_INPUT', { detail })));
}

/** What a machine with one of each calls them. */
const USUAL_NAMES: Readonly<Record<ServerKind, string>> = {
  EMBEDDED_EDGE: 'edge',
  NGINX: 'nginx',
  APACHE: 'apache',
  HAPROXY: 'haproxy',
  CPANEL: 'cpanel',
  POSTFIX: 'postfix',
  DOVECOT: 'dovecot',
};

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
