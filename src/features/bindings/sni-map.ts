/**
 * The SNI map: which certificate shall answer at an address and port for a name (RFC 6066 3), and why. Who asks: the GraphQL queries
 * about an address, the preview of a change, and the tests, which hold it against real servers. What does answer, only a handshake tells.
 *
 * Precedence, the same on every kind of server:
 * 1. A binding of exactly that name.
 * 2. One of the wildcard for its first label. A wildcard stands for one label and no more (RFC 6125 6.4.3), so that of all bindings that could
 *    answer the longest does, and two wildcards never compete.
 * 3. The neutral certificate of the server, which is nobody's: also for a client that names nothing.
 */
import { parseHostname, type CertificateName, type Hostname } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import { endpointText, type IpAddress } from '../../values/ip-address.js';
import type { CertificateOutline } from '../certificates/certificate.js';

/** Where a server listens for TLS. */
export type SniPlace = { readonly ip: IpAddress; readonly port: number };
export type SniEntry = SniPlace & {
  readonly name: CertificateName;
  readonly accountId: Id<'account'>;
  readonly siteId: Id<'site'>;
  /** One, or one of each kind of key. */
  readonly certificates: readonly CertificateOutline[];
};
export type SniMap = { readonly places: readonly SniPlace[]; readonly entries: readonly SniEntry[] };

export const placeKey = ({ ip, port }: SniPlace): string => endpointText({ address: ip, port });

/** All that stand at one place under one name: more than one is a conflict, and the first answers. */
export type SameKey = readonly [SniEntry, ...SniEntry[]];
/** A map that is looked up in many times. */
export type SniIndex = SniMap & {
  readonly listening: ReadonlySet<string>;
  /** By place, then by name. */
  readonly at: ReadonlyMap<string, ReadonlyMap<string, SameKey>>;
};

/** What stands at a place under just this name. */
export const standing = ({ at }: SniIndex, place: SniPlace, name: string): SameKey | undefined => at.get(placeKey(place))?.get(name);

export function indexed(map: SniMap): SniIndex {
  const at = new Map<string, Map<string, [SniEntry, ...SniEntry[]]>>();
  for (const entry of map.entries) {
    const here = at.get(placeKey(entry)) ?? new Map<string, [SniEntry, ...SniEntry[]]>();
    at.set(placeKey(entry), here);
    const there = here.get(entry.name);
    if (there) there.push(entry);
    else here.set(entry.name, [entry]);
  }
  return { ...map, listening: new Set(map.places.map(placeKey)), at };
}

export const SNI_REASONS = ['EXACT', 'WILDCARD', 'NO_NAME', 'UNKNOWN_NAME', 'NOTHING_HERE'] as const;
export type SniReason = (typeof SNI_REASONS)[number];

/** `name`: as a client sends it, in any case, with or without the dot of the root, in either form of IDN; absent where it names nothing. */
export type SniQuestion = SniPlace & { readonly name?: string };
export type SniAnswer = {
  /** `NEUTRAL`: the certificate that is nobody's. `NOTHING`: nothing of ours listens there. */
  readonly answer: SniEntry | 'NEUTRAL' | 'NOTHING';
  readonly why: SniReason;
  /** The names under which a binding was looked for, in that order, up to the one that was found. */
  readonly considered: readonly { readonly name: CertificateName; readonly found: boolean }[];
};

export function resolve(index: SniIndex, question: SniQuestion): SniAnswer {
  const place = placeKey(question);
  if (!index.listening.has(place)) return { answer: 'NOTHING', why: 'NOTHING_HERE', considered: [] };
  if (question.name === undefined || question.name === '') return { answer: 'NEUTRAL', why: 'NO_NAME', considered: [] };
  const considered: { name: CertificateName; found: boolean }[] = [];
  for (const [name, why] of candidates(question.name)) {
    const answer = index.at.get(place)?.get(name)?.[0];
    considered.push({ name, found: answer !== undefined });
    if (answer) return { answer, why, considered };
  }
  return { answer: 'NEUTRAL', why: 'UNKNOWN_NAME', considered };
}

/** Under which names a binding may stand that answers for this one, best first; none where it can be no host's name. */
export function candidates(asked: string): readonly (readonly [CertificateName, 'EXACT' | 'WILDCARD'])[] {
  const name = askedName(asked);
  if (name === undefined) return [];
  const wildcard = wildcardFor(name);
  return wildcard === undefined ? [[name, 'EXACT']] : [[name, 'EXACT'], [wildcard, 'WILDCARD']]; // prettier-ignore
}

/** `*.shop.example` for `www.shop.example`; none for a single label. */
export function wildcardFor(name: CertificateName): CertificateName | undefined {
  const dot = name.indexOf('.');
  return dot > 0 && !name.startsWith('*') ? (`*${name.slice(dot)}` as CertificateName) : undefined;
}

/** What clients may send that is no host name by the book, and is looked for all the same: `_dmarc.shop.example`. */
const ON_THE_WIRE = /^(?=.{1,253}$)[a-z\d_-]+(\.[a-z\d_-]+)*$/;

function askedName(text: string): Hostname | undefined {
  const plain = text.toLowerCase().replace(/\.$/, '');
  if (ON_THE_WIRE.test(plain)) return plain as Hostname;
  const parsed = parseHostname(text);
  return parsed.ok ? parsed.value : undefined;
}
