/**
 * What is served, in HAProxy's words. Data in, text out. Whatever comes from outside is in its normal form here (site.ts of the engine,
 * haproxy-place.ts), in which no character means anything to HAProxy; what is written is read again all the same (admit.ts).
 *
 * Two frontends for each address: one answers challenges and leads to HTTPS, one ends TLS. Which sites there are is in lists of
 * certificates and of names, which change while HAProxy runs; the frontends change only with the addresses.
 */
import { createHash } from 'node:crypto';
import { endpointText } from '../../../values/ip-address.js';
import { CHALLENGE_KINDS } from '../generations/challenges.js';
import { listenerOf, type Site } from '../generations/site.js';
import type { Listener } from '../installer.js';
import { BODY_FORMS } from './challenge-map.js';
import type { HaproxyBuild } from './haproxy-build.js';
import { endpointId, listsOf, secureEndpoint } from './lists.js';

export type Wording = {
  readonly tree: string;
  readonly build: Pick<HaproxyBuild, 'hybridGroups'>;
  readonly listeners: readonly Listener[];
};

/** A list of certificates (`crt-list`): a line for each certificate of each site. A site whose address is ours no more answers nowhere. */
export const renderSites = (sites: readonly Site[], { tree, listeners }: Wording): string =>
  sites
    .filter(({ key }) => listenerOf(key, listeners))
    .flatMap(({ key, certificates }) => certificates.map((id) => `${tree}/certificates/${id}.pem ${key.name}\n`))
    .join('');

/** The same sites, as what the plain port compares a request's host with. */
export const renderNames = (sites: readonly Site[], { listeners }: Wording): string =>
  sites
    .filter(({ key }) => listenerOf(key, listeners))
    .map(({ key }) => `${key.name}\n`)
    .join('');

/** The frontends, with a mark (`LISTS`) where the lists of a generation come in. Two that differ have another name. */
export function renderFoundation(wording: Wording): string {
  const text = [
    DEFAULTS,
    block('backend hostseal-@ from hostseal', []),
    ...wording.listeners.map((each, at) => frontends(each, at, wording)),
  ];
  const whole = text.join('');
  return whole.replaceAll('hostseal-@', foundationName(createHash('sha256').update(whole).digest('hex')));
}

/** Of a backend without servers in each foundation: by it we ask a running HAProxy which one it has. */
const foundationName = (digest: string): string => `hostseal-${digest.slice(0, 12)}`;
export const nameOfFoundation = (text: string): string | undefined => /^backend (hostseal-[0-9a-f]{12}) from hostseal$/m.exec(text)?.[1];

const lists = (listener: Listener): string => `@lists-${endpointId(secureEndpoint(listener))}@`;
const names = (listener: Listener): string => `@names-${endpointId(secureEndpoint(listener))}@`;
const MARK = /@(lists|names)-([0-9a-f]{5})@/g;

/** What HAProxy reads: the foundation with the lists of a generation. */
export const compose = (foundation: string, shards: ReadonlyMap<string, string>): string =>
  foundation.replace(MARK, (_, what: string, endpoint: string) =>
    [...shards]
      .filter(([shard]) => shard.startsWith(endpoint))
      .map(([, path]) => (what === 'lists' ? `crt-list ${path}` : `-f ${namesOfList(path)}`))
      .join(' '),
  );

export const namesOfList = (path: string): string => path.replace(/\.conf$/, '.names');
export const standingLists = ({ listeners }: Wording): readonly string[] => listeners.flatMap(listsOf);

/** Does what `renderFoundation` wrote answer for challenges at all of these? */
export const foundationListens = (text: string, listeners: readonly Listener[]): boolean =>
  listeners.every(({ address, httpPort }) => text.includes(`    bind ${endpointText({ address, port: httpPort })}\n`));

/** Defaults with a name: neither theirs reach ours, nor ours theirs. */
const DEFAULTS = block('defaults hostseal', [
  'mode http',
  'timeout client 30s',
  'timeout connect 5s',
  'timeout server 30s',
  // A client that sends its request an octet at a time is given up in the end.
  'timeout http-request 60s',
  'timeout http-keep-alive 60s',
]);

function frontends(listener: Listener, at: number, { tree, build }: Wording): string {
  const { address, httpPort, httpsPort } = listener;
  const origin = `https://%[var(txn.host)]${httpsPort === 443 ? '' : `:${httpsPort}`}`;
  const plain = block(`frontend hostseal-@-${at}-plain from hostseal`, [
    `bind ${endpointText({ address, port: httpPort })}`,
    ...challenges(tree),
    // Ours stand for one label (RFC 6125 6.4.3).
    'http-request set-var(txn.wild) var(txn.host),regsub(^[a-z0-9_-]+[.],*.)',
    `acl here var(txn.host) -m str ${names(listener)}`,
    `acl here var(txn.wild) -m str ${names(listener)}`,
    says(404, 'Nothing is served here under this name.', 'if !here'),
    // 308 keeps method and body (RFC 9110 15.4.9).
    `http-request redirect code 308 location ${origin}%[pathq]`,
  ]);
  const secure = block(`frontend hostseal-@-${at}-secure from hostseal`, [
    `bind ${endpointText({ address, port: httpsPort })} ssl crt ${tree}/neutral.pem ${lists(listener)} ${tls(build)}`,
    ...challenges(tree),
    'http-request set-var(txn.sni) ssl_fc_sni,lower',
    says(421, 'Nothing is served here under this name.', 'if { ssl_f_s_dn(CN) -m str "No site is configured under this name" }'),
    // A name that the handshake was not for may be somebody else's site (RFC 9110 15.5.20).
    says(421, 'This connection is for another name.', 'unless { var(txn.host),strcmp(txn.sni) eq 0 }'),
    says(404, 'No content is configured here for this name.', ''),
  ]);
  return plain + secure;
}

/** Ahead of all else, for every name. A name may come with the dot of its root (RFC 1034 3.1). */
const challenges = (tree: string): readonly string[] => [
  'http-request set-var(txn.host) req.hdr(host),field(1,:),lower,regsub([.]$,)',
  `acl challenge path_beg ${CHALLENGE_KINDS.map((kind) => `/.well-known/${kind}/`).join(' ')}`,
  'http-request set-var(txn.path) path if challenge',
  `http-request set-var(txn.body) var(txn.host),concat(,txn.path),map_str(${tree}/challenges.map) if challenge`,
  ...BODY_FORMS.map(
    ({ mark, format }) =>
      `http-request return status 200 content-type text/plain hdr Cache-Control no-store lf-string "${format}" if challenge { var(txn.body) -m beg ${mark}| }`,
  ),
  says(404, 'Nothing is shown to a CA here.', 'if challenge'),
];

const says = (status: number, text: string, condition: string): string =>
  `http-request return status ${status} content-type text/plain string "${text}\\n" ${condition}`.trimEnd();

/** Today's "intermediate" (Mozilla 6.0; RFC 9325 4), as the other servers. Said on each `bind`: it must not reach the neighbours. */
const tls = ({ hybridGroups }: Wording['build']): string =>
  [
    'ssl-min-ver TLSv1.2',
    `ciphers ${CIPHERS}`,
    `curves ${hybridGroups ? 'X25519MLKEM768:' : ''}X25519:P-256:P-384`,
    'alpn h2,http/1.1',
    // A ticket key of HAProxy's own lives as long as its process: too long for forward secrecy.
    'no-tls-tickets',
    'prefer-client-ciphers',
  ].join(' ');

const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

function block(head: string, lines: readonly string[]): string {
  return [head, ...lines.map((line) => `    ${line}`)].map((line) => `${line}\n`).join('');
}
