/** The few directives that render.ts uses, with values of their forms, and files of ours only. */
import type { Admit } from '../../hosts/host.js';
import { err, ok, type Result } from '../../../values/result.js';
import { admitTree, LINKED_FILE, PART_FILE, PEM_FILE } from '../generations/admit.js';
import { CERTIFICATE, renderMaps, SECOND_CERTIFICATE } from './by-name/maps.js';
import { parseNginx, type Directive } from './syntax/parse.js';

const HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const NAME_LINK = /^names\/[0-9a-f._]+\/(exact|wildcard)\/[a-z0-9_-]{1,2}\/[a-z0-9_.-]+$/;
const HOST_PATTERN = /^"?\^(\[a-z0-9_-\]\+\\\.)?[a-z0-9_-]+(\\\.[a-z0-9_-]+)*(\\\.\?)?\$"?$/;

export const admit = (tree: string): Admit => admitTree((text) => admitConfiguration(text, tree), { nameLink: NAME_LINK });

function admitConfiguration(text: string, tree: string): Result<void, string> {
  const directives = parseNginx(text);
  if (!directives.ok) return err(String(directives.problem.facts['detail']));
  const stranger = directives.value.find((directive) => !isOurs(directive, 'http', tree));
  return stranger ? err(`the directive ${stranger.name.slice(0, 40)} is not ours`) : ok(undefined);
}

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

/** Maps are written as a whole or not at all: what they work out decides which file a worker reads. */
const isOurMap = (directive: Directive, tree: string): boolean => mapsOf(tree).has(JSON.stringify([directive.args, directive.block]));
function mapsOf(tree: string): ReadonlySet<string> {
  const maps = parseNginx(renderMaps(tree));
  if (!maps.ok) throw new Error('our own maps cannot be read');
  return new Set(maps.value.map(({ args, block }) => JSON.stringify([args, block])));
}

const lookedUp = exactly(CERTIFICATE, SECOND_CERTIFICATE);
const pemFile = (args: readonly string[], tree: string): boolean =>
  lookedUp(args) || [PEM_FILE, LINKED_FILE].some((form) => below(form)(args, tree));

const RULES: Readonly<Record<string, Rule>> = {
  include: { in: ['http'], args: below(PART_FILE) },
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
