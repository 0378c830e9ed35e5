/** The extensions of a ClientHello, from the offer, in the order in which they are sent. */
import { concat, uint, uint16s, vector } from '../../codec/byte-writer.js';
import { EXTENSION } from '../../registry/extension-types.js';
import { suiteParameters } from '../../registry/suite-parameters.js';
import { TLS12, TLS13 } from '../../registry/versions.js';
import { hashLength } from '../../protection/key-schedule.js';
import type { Asks, ClientOffer } from '../client-offer.js';
import type { KeyShare } from '../client-tools.js';
import type { Resumption } from '../resumption.js';

/** `binderLength`: of the pre_shared_key's last bytes, which come when the rest stands. */
export type HelloExtension = { readonly type: number; readonly content: Uint8Array; readonly binderLength?: number };

/** What one offer's GREASE looks like (RFC 8701 3.1): the same in both hellos. */
export type Grease = {
  readonly suite: number;
  readonly group: number;
  readonly version: number;
  readonly extensions: readonly [number, number];
};

type Hello = { readonly offer: ClientOffer; readonly shares: ReadonlyMap<number, KeyShare>; readonly grease: Grease | undefined };

const NOTHING = new Uint8Array();

export function helloExtensions({ offer, shares, grease }: Hello, cookie: Uint8Array | undefined): readonly HelloExtension[] {
  const psk = offer.resume?.kind === 'PSK' ? offer.resume : undefined;
  const list: (HelloExtension | false | undefined)[] = [
    grease && { type: grease.extensions[0], content: NOTHING },
    offer.serverName !== undefined && { type: EXTENSION.SERVER_NAME, content: serverName(offer.serverName) },
    asked(offer, 'EXTENDED_MASTER_SECRET') && { type: EXTENSION.EXTENDED_MASTER_SECRET, content: NOTHING },
    asked(offer, 'RENEGOTIATION_INFO') && { type: EXTENSION.RENEGOTIATION_INFO, content: vector(1) },
    offer.groups.length > 0 && { type: EXTENSION.SUPPORTED_GROUPS, content: vector(2, uint16s(greased(grease?.group, offer.groups))) },
    hasPoints(offer) && { type: EXTENSION.EC_POINT_FORMATS, content: vector(1, Uint8Array.of(0)) },
    ticketExtension(offer),
    offer.alpn.length > 0 && { type: EXTENSION.ALPN, content: alpn(offer.alpn) },
    asked(offer, 'STATUS_REQUEST') && { type: EXTENSION.STATUS_REQUEST, content: Uint8Array.of(1, 0, 0, 0, 0) },
    asked(offer, 'ENCRYPT_THEN_MAC') && { type: EXTENSION.ENCRYPT_THEN_MAC, content: NOTHING },
    offer.signatureAlgorithms.length > 0 && {
      type: EXTENSION.SIGNATURE_ALGORITHMS,
      content: vector(2, uint16s(offer.signatureAlgorithms)),
    },
    asked(offer, 'SIGNED_CERTIFICATE_TIMESTAMP') && { type: EXTENSION.SIGNED_CERTIFICATE_TIMESTAMP, content: NOTHING },
    offersTls13(offer) && { type: EXTENSION.KEY_SHARE, content: keyShares(shares) },
    (asked(offer, 'PSK_MODES') || psk) && { type: EXTENSION.PSK_KEY_EXCHANGE_MODES, content: vector(1, Uint8Array.of(PSK_DHE_KE)) },
    offersTls13(offer) && {
      type: EXTENSION.SUPPORTED_VERSIONS,
      content: vector(1, uint16s(greased(grease?.version, offer.versions))),
    },
    cookie && { type: EXTENSION.COOKIE, content: vector(2, cookie) },
    psk && offer.earlyData && { type: EXTENSION.EARLY_DATA, content: NOTHING },
    asked(offer, 'UNASSIGNED') && { type: EXTENSION.UNASSIGNED, content: new Uint8Array(8) },
    grease && { type: grease.extensions[1], content: Uint8Array.of(0) },
    psk && preSharedKey(psk),
  ];
  return list.filter((extension) => typeof extension === 'object');
}

export const paddingExtension = (length: number): HelloExtension => ({ type: EXTENSION.PADDING, content: new Uint8Array(length) });

/** RFC 8446 4.2.9: with a fresh key exchange beside the key. */
const PSK_DHE_KE = 1;

const asked = ({ asks }: ClientOffer, what: Asks): boolean => asks.includes(what);
const offersTls13 = ({ versions }: ClientOffer): boolean => versions.some((version) => version >= TLS13);
const greased = (value: number | undefined, others: readonly number[]): readonly number[] =>
  value === undefined ? others : [value, ...others];

/** RFC 8422 5.1.2: uncompressed points; not for TLS 1.3, which has no others. */
const hasPoints = ({ groups, versions }: ClientOffer): boolean => groups.length > 0 && versions.some((version) => version <= TLS12);

/** RFC 5077 3.2: empty to ask for one. */
function ticketExtension(offer: ClientOffer): HelloExtension | undefined {
  if (offer.resume?.kind === 'TICKET') return { type: EXTENSION.SESSION_TICKET, content: offer.resume.ticket };
  return asked(offer, 'SESSION_TICKET') ? { type: EXTENSION.SESSION_TICKET, content: NOTHING } : undefined;
}

/** RFC 6066 3. */
const serverName = (name: string): Uint8Array => vector(2, Uint8Array.of(0), vector(2, Buffer.from(name, 'latin1')));

/** RFC 7301 3.1. */
const alpn = (protocols: readonly string[]): Uint8Array =>
  vector(2, ...protocols.map((protocol) => vector(1, Buffer.from(protocol, 'latin1'))));

function keyShares(shares: ReadonlyMap<number, KeyShare>): Uint8Array {
  return vector(2, ...[...shares].map(([group, { publicKey }]) => concat(uint(2, group), vector(2, publicKey))));
}

/** RFC 8446 4.2.11. The binder is zeros as yet. */
function preSharedKey({ ticket, ageMs, ageAdd, cipherSuite }: Extract<Resumption, { kind: 'PSK' }>): HelloExtension {
  const obfuscatedAge = (ageMs + ageAdd) % 2 ** 32;
  const binderLength = hashLength(suiteParameters(cipherSuite).hash);
  const binders = vector(2, vector(1, new Uint8Array(binderLength)));
  const identities = vector(2, vector(2, ticket), uint(4, obfuscatedAge));
  return { type: EXTENSION.PRE_SHARED_KEY, content: concat(identities, binders), binderLength };
}
