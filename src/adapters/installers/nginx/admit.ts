/**
 * What may be written into nginx's tree. nginx's master runs as root and does as its configuration says: a log file alone could make a
 * writer of configuration the master of the machine. So the helper, which writes for a service with fewer rights, lets pass only
 * the few directives that render.ts uses, with values of their forms, and files of ours only.
 */
import type { Admit, HostFile } from '../../hosts/host.js';
import type { HostPath } from '../../hosts/host-path.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { CERTIFICATE, renderMaps, SECOND_CERTIFICATE } from './by-name/maps.js';
import { parseNginx, type Directive } from './syntax/parse.js';

const HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const HOST_PATTERN = /^"?\^(\[a-z0-9_-\]\+\\\.)?[a-z0-9_-]+(\\\.[a-z0-9_-]+)*(\\\.\?)?\$"?$/;

export const admit = (tree: string): Admit => ({ file: admitFile(tree), link: admitLink });

/** A name leads to a certificate. nginx includes `current.conf`: it leads to what was read as configuration, never to a challenge or a certificate, whose text nobody reads. */
const admitLink = (link: HostPath, to: HostPath): Result<void> =>
  (/^(current\.conf|loaded)$/.test(link) && /^generations\/\d{1,15}\.conf$/.test(to)) ||
  (/^names\/[0-9a-f._]+\/(exact|wildcard)\/[a-z0-9_-]{1,2}\/[a-z0-9_.-]+$/.test(link) && CERTIFICATE_FILE.test(to))
    ? ok(undefined)
    : err(problem('INVALID_INPUT', { detail: `${link}: no link of ours, or not to a generation` }));

/** The files of a tree. Challenges may be read by everybody, for they are shown to everybody; certificates by the workers, where these look them up. */
const admitFile =
  (tree: string) =>
  ({ path, content, access }: HostFile): Result<void> => {
    const refuse = (detail: string) => err(problem('INVALID_INPUT', { detail: `${path}: ${detail}` }));
    if (/^challenges\/(acme-challenge|pki-validation)\/[a-z0-9_.-]+\/[A-Za-z0-9_-]{1,128}$/.test(path)) return ok(undefined);
    if (access === 'ALL') return refuse('only challenges are for everybody');
    if (PEM_FILE.test(path)) return ok(undefined);
    if (access !== 'OWNER') return refuse('only certificates are for its workers');
    if (!/^(generations\/\d{1,15}|(shards\/[0-9a-f]{2}|foundations\/base)\.[0-9a-f]{32})\.conf$/.test(path))
      return refuse('no file of ours');
    const directives = parseNginx(typeof content === 'string' ? content : content.revealText());
    if (!directives.ok) return refuse(String(directives.problem.facts['detail']));
    const stranger = directives.value.find((directive) => !isOurs(directive, 'http', tree));
    return stranger ? refuse(`the directive ${stranger.name.slice(0, 40)} is not ours`) : ok(undefined);
  };

type Context = 'http' | 'server' | 'location' | 'if';
type Rule = {
  readonly in: readonly Context[];
  readonly args: (args: readonly string[], tree: string) => boolean;
  readonly inside?: Context;
};

function isOurs(directive: Directive, context: Context, tree: string): boolean {
  if (directive.name === 'map') return context === 'http' && isOurMap(directive, tree);
  const rule = Object.hasOwn(RULES, directive.name) ? RULES[directive.name] : undefined;
  if (!rule?.in.includes(context) || !rule.args(directive.args, tree)) return false;
  if (directive.name === 'types') return directive.block?.length === 0;
  if (!directive.block || !rule.inside) return directive.block === undefined && rule.inside === undefined;
  const { inside } = rule;
  return directive.block.every((each) => isOurs(each, inside, tree));
}

const exactly =
  (...allowed: readonly string[]) =>
  (args: readonly string[]): boolean =>
    allowed.includes(args.join(' '));
const matching =
  (pattern: RegExp) =>
  (args: readonly string[]): boolean =>
    args.length === 1 && pattern.test(args[0] ?? '');
const below =
  (pattern: RegExp) =>
  (args: readonly string[], tree: string): boolean =>
    args.length === 1 && args[0]?.startsWith(`${tree}/`) === true && pattern.test(args[0].slice(tree.length + 1));
const CERTIFICATE_FILE = /^(certificates\/[0-9a-f]{64}\.[0-9a-f]{32}|pairs\/[0-9a-f]{32}\.[12])\.pem$/;
const PEM_FILE = new RegExp(`^neutral\\.pem$|${CERTIFICATE_FILE.source}`);

/** Maps are written as a whole or not at all: what they work out decides which file a worker reads. */
const isOurMap = (directive: Directive, tree: string): boolean => mapsOf(tree).has(JSON.stringify([directive.args, directive.block]));
function mapsOf(tree: string): ReadonlySet<string> {
  const maps = parseNginx(renderMaps(tree));
  if (!maps.ok) throw new Error('our own maps cannot be read');
  return new Set(maps.value.map(({ args, block }) => JSON.stringify([args, block])));
}

const lookedUp = exactly(CERTIFICATE, SECOND_CERTIFICATE);
const pemFile = (args: readonly string[], tree: string): boolean => lookedUp(args) || below(PEM_FILE)(args, tree);

const RULES: Readonly<Record<string, Rule>> = {
  include: { in: ['http'], args: below(/^(shards\/[0-9a-f]{2}|foundations\/base)\.[0-9a-f]{32}\.conf$/) },
  server_names_hash_bucket_size: { in: ['http'], args: matching(/^\d{1,6}$/) },
  server_names_hash_max_size: { in: ['http'], args: matching(/^\d{1,6}$/) },
  server: { in: ['http'], args: exactly(''), inside: 'server' },
  listen: {
    in: ['server'],
    args: (args) => /^([0-9.]+|\[[0-9a-f:]+\]):\d{1,5}$/.test(args[0] ?? '') && args.slice(1).every((word) => LISTEN_WORDS.includes(word)),
  },
  http2: { in: ['server'], args: exactly('on') },
  server_name: {
    in: ['server'],
    args: ([name = '', ...more]) => more.length === 0 && (name.startsWith('~') ? HOST_PATTERN.test(name.slice(1)) : HOST.test(name)),
  },
  ssl_certificate: { in: ['server'], args: pemFile },
  ssl_certificate_key: { in: ['server'], args: pemFile },
  ssl_certificate_cache: { in: ['server'], args: exactly('off') },
  root: { in: ['server'], args: below(/^names\/[0-9a-f._]+\/\$hostseal_place$/) },
  error_log: { in: ['server'], args: exactly('/dev/null emerg') },
  ssl_protocols: { in: ['server'], args: (args) => args.every((word) => /^TLSv1\.[23]$/.test(word)) },
  ssl_ciphers: { in: ['server'], args: matching(/^[A-Z0-9:-]+$/) },
  ssl_prefer_server_ciphers: { in: ['server'], args: exactly('off') },
  ssl_ecdh_curve: { in: ['server'], args: matching(/^[A-Za-z0-9:]+$/) },
  ssl_session_cache: { in: ['server'], args: exactly('shared:hostseal:10m') },
  ssl_session_timeout: { in: ['server'], args: exactly('1d') },
  ssl_session_tickets: { in: ['server'], args: exactly('off') },
  location: {
    in: ['server'],
    args: exactly('/', ...['acme-challenge', 'pki-validation'].map((kind) => `^~ /.well-known/${kind}/`)),
    inside: 'location',
  },
  alias: { in: ['location'], args: below(/^challenges\/(acme-challenge|pki-validation)\/\$host\/$/) },
  types: { in: ['location'], args: exactly(''), inside: 'location' },
  default_type: { in: ['location'], args: exactly('text/plain') },
  add_header: { in: ['location'], args: exactly('Cache-Control no-store') },
  if: {
    in: ['location'],
    args: (args) =>
      args.join(' ') === '($https =  )' ||
      /^\(\$hostseal_request = (redirect|content|another|unknown)\)$/.test(args.join(' ')) ||
      (args.length === 4 && args[0] === '($ssl_server_name' && args[1] === '!~*' && HOST_PATTERN.test(args[2] ?? '') && args[3] === ')'),
    inside: 'if',
  },
  return: {
    in: ['location', 'if'],
    args: ([status = '', text = '', ...more]) =>
      more.length === 0 &&
      (status === '308'
        ? /^https:\/\/(\$host|[a-z0-9_.-]+)(:\d{1,5})?\$request_uri$/.test(text)
        : /^(404|421)$/.test(status) && /^[A-Za-z0-9 ._-]+\n?$/.test(text)),
  },
};
const LISTEN_WORDS = ['ssl', 'http2', 'default_server'];
