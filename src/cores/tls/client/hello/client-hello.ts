/** The ClientHello of an offer, as a handshake message (RFC 8446 4.1.2), and what has to be remembered of it. */
import { concat, uint, uint16s, vector } from '../../codec/byte-writer.js';
import { encodeHandshake, HANDSHAKE_TYPE } from '../../codec/handshake.js';
import { EXTENSION } from '../../registry/extension-types.js';
import { SSL3, TLS12, TLS13 } from '../../registry/versions.js';
import { type Grease, type HelloExtension, helloExtensions, paddingExtension } from './client-hello-extensions.js';
import type { ClientOffer } from '../client-offer.js';
import type { ClientTools, KeyShare } from '../client-tools.js';

export type SentHello = {
  readonly offer: ClientOffer;
  /** The handshake message; an offered PSK has its binder. */
  readonly message: Uint8Array;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly shares: ReadonlyMap<number, KeyShare>;
  /** Types, so that what comes unasked is noticed. */
  readonly extensions: ReadonlySet<number>;
  readonly grease: Grease | undefined;
};

/** What a HelloRetryRequest asks to be changed (RFC 8446 4.1.2). */
export type RetryAnswer = { readonly share?: { readonly group: number; readonly key: KeyShare }; readonly cookie?: Uint8Array };

/** Makes the binder (RFC 8446 4.2.11.2) of the message up to there. */
export type Binder = (truncated: Uint8Array) => Uint8Array;

const FALLBACK_SCSV = 0x5600;
/** RFC 8701 3.1: one byte, with which nobody agrees on anything. */
const NO_SHARE: KeyShare = { publicKey: Uint8Array.of(0), agree: () => undefined };

export function firstHello(offer: ClientOffer, tools: ClientTools, binder: Binder | undefined): SentHello {
  const random = tools.bytes(32);
  const shares = new Map(
    offer.keyShares.flatMap((group): [number, KeyShare][] => {
      const share = tools.keyShare(group);
      return share ? [[group, share]] : [];
    }),
  );
  const grease = offer.grease ? chooseGrease(tools.bytes(5)) : undefined;
  const greaseShare: [number, KeyShare][] = grease ? [[grease.group, NO_SHARE]] : [];
  return encodeHello(
    { offer, random, sessionId: sessionIdOf(offer, tools), shares: new Map([...greaseShare, ...shares]), grease },
    {},
    binder,
  );
}

/** The same again, with what was asked for. Early data is not offered twice (RFC 8446 4.2.10). */
export function secondHello({ shares, ...first }: SentHello, { share, cookie }: RetryAnswer, binder: Binder | undefined): SentHello {
  const { resume } = first.offer;
  const offer = { ...first.offer, earlyData: false, resume: binder === undefined && resume?.kind === 'PSK' ? undefined : resume };
  return encodeHello({ ...first, offer, shares: share ? new Map([[share.group, share.key]]) : shares }, { cookie }, binder);
}

type Hello = Pick<SentHello, 'offer' | 'random' | 'sessionId' | 'shares' | 'grease'>;

function encodeHello(hello: Hello, { cookie }: RetryAnswer, binder: Binder | undefined): SentHello {
  const { offer, random, sessionId, grease } = hello;
  const suites = [...(grease ? [grease.suite] : []), ...offer.cipherSuites, ...(offer.fallbackScsv ? [FALLBACK_SCSV] : [])];
  const start = concat(
    uint(2, legacyVersion(offer.versions)),
    random,
    vector(1, sessionId),
    vector(2, uint16s(suites)),
    vector(1, Uint8Array.from(offer.compressionMethods ?? [0])),
  );
  const asked = helloExtensions(hello, cookie);
  const padded = pad(start, asked, offer.padTo ?? 0);
  const message = encodeMessage(offer, start, padded, binder);
  return { ...hello, message, extensions: new Set(padded.map(({ type }) => type)) };
}

function encodeMessage(
  offer: ClientOffer,
  start: Uint8Array,
  extensions: readonly HelloExtension[],
  binder: Binder | undefined,
): Uint8Array {
  // SSL 3.0 has no extensions, and a server of its time may take them for garbage.
  const hasBlock = extensions.length > 0 && offer.versions.some((version) => version !== SSL3);
  const block = concat(...extensions.map(({ type, content }) => concat(uint(2, type), vector(2, content))));
  const message = encodeHandshake(HANDSHAKE_TYPE.CLIENT_HELLO, concat(start, hasBlock ? vector(2, block) : new Uint8Array()));
  if (extensions.at(-1)?.type !== EXTENSION.PRE_SHARED_KEY || binder === undefined) return message;
  // The binder stands last, in a list of its own, and is made over all before that list; its length is counted already.
  const binderLength = extensions.at(-1)?.binderLength ?? 0;
  const truncated = message.subarray(0, message.length - binderLength - BINDER_LIST_HEADER);
  return concat(truncated, vector(2, vector(1, binder(truncated))));
}

const BINDER_LIST_HEADER = 3;
const EXTENSION_HEADER = 4;
/** Type and length of the message, length of the extensions. */
const MESSAGE_HEADER = 6;

/** RFC 7685; an offered PSK stays the last (RFC 8446 4.2.11). */
function pad(start: Uint8Array, extensions: readonly HelloExtension[], padTo: number): readonly HelloExtension[] {
  const length = extensions.reduce((sum, { content }) => sum + EXTENSION_HEADER + content.length, start.length + MESSAGE_HEADER);
  if (length >= padTo) return extensions;
  const padding = paddingExtension(Math.max(0, padTo - length - EXTENSION_HEADER));
  const last = extensions.at(-1);
  return last?.type === EXTENSION.PRE_SHARED_KEY ? [...extensions.slice(0, -1), padding, last] : [...extensions, padding];
}

/** RFC 8446 4.1.2: TLS 1.3 calls itself 1.2 here. */
function legacyVersion(versions: readonly number[]): number {
  const old = versions.filter((version) => version <= TLS12);
  return old.length > 0 ? Math.max(...old) : TLS12;
}

/**
 * What is to be resumed; else one of our own, without meaning, in TLS 1.3 (RFC 8446 D.4) and beside a ticket, so that a server's echo
 * says that it took it (RFC 5077 3.4).
 */
function sessionIdOf({ versions, resume }: ClientOffer, tools: ClientTools): Uint8Array {
  if (resume?.kind === 'SESSION_ID') return resume.sessionId;
  return resume?.kind === 'TICKET' || versions.includes(TLS13) ? tools.bytes(32) : new Uint8Array();
}

/** RFC 8701 2: 0x0a0a, 0x1a1a … 0xfafa; the two extensions have to differ. */
function chooseGrease(random: Uint8Array): Grease {
  const value = (i: number): number => ((random[i] ?? 0) & 0xf0) * 0x101 + 0x0a0a;
  const first = value(3);
  return { suite: value(0), group: value(1), version: value(2), extensions: [first, value(4) === first ? first ^ 0x1010 : value(4)] };
}
