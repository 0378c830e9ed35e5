/**
 * A TLS server as a table: what it has, and what it stumbles over. Answers an offer with what our client would have seen of it. Pure, so that
 * thousands of servers can be checked in a second.
 */
import type { ClientOffer } from '../../src/cores/tls/client/client-offer.js';
import type { ClientFailure, Seen, SeenTicket } from '../../src/cores/tls/client/seen.js';
import type { Answer, Probe } from '../../src/cores/tls/check/probe.js';
import { cipherSuiteName } from '../../src/cores/tls/registry/cipher-suites.js';
import { EXTENSION } from '../../src/cores/tls/registry/extension-types.js';
import { signatureScheme } from '../../src/cores/tls/registry/signature-schemes.js';
import { SSL3, TLS12, TLS13 } from '../../src/cores/tls/registry/versions.js';
import type { Tolerance } from '../../src/cores/tls/check/site-check.js';
import { instant } from '../../src/values/instant.js';
import { problem } from '../../src/values/problems/problem.js';
import { ip } from './network.js';

export type Auth = 'RSA' | 'ECDSA';
export type Model = {
  readonly versions: readonly number[];
  /** In the order of its choice, for all versions; those that a version cannot carry are passed over. */
  readonly suites: readonly number[];
  /** Its own order holds; else the client's. */
  readonly prefers: boolean;
  readonly groups: readonly number[];
  /** Before TLS 1.2, where they are others. */
  readonly groupsBefore12?: readonly number[];
  readonly signatures: readonly number[];
  readonly auths: readonly Auth[];
  readonly alpn: readonly string[];
  /** STRICT: refuses whoever does not name it. NAMELESS: refuses whoever names anybody. */
  readonly names: 'ANY' | 'STRICT' | 'NAMELESS';
  readonly tickets: boolean;
  readonly sessionIds: boolean;
  readonly maxEarlyData: number;
  readonly extendedMasterSecret: boolean;
  readonly encryptThenMac: boolean;
  readonly secureRenegotiation: boolean;
  readonly fallbackScsv: boolean;
  readonly compression: boolean;
  readonly finiteFieldBits: number;
  readonly clientCertificate: 'NOT_ASKED' | 'OPTIONAL' | 'REQUIRED';
  readonly stumblesOver: readonly Tolerance[];
  readonly stumbling: 'REFUSES' | 'HANGS_UP' | 'IS_SILENT';
};

export const INTERMEDIATE: Model = {
  versions: [TLS13, TLS12],
  suites: [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8],
  prefers: false,
  groups: [0x11ec, 0x1d, 0x17, 0x18],
  signatures: [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0303, 0x0301],
  auths: ['ECDSA', 'RSA'],
  alpn: ['h2', 'http/1.1'],
  names: 'ANY',
  tickets: true,
  sessionIds: false,
  maxEarlyData: 0,
  extendedMasterSecret: true,
  encryptThenMac: true,
  secureRenegotiation: true,
  fallbackScsv: true,
  compression: false,
  finiteFieldBits: 2048,
  clientCertificate: 'NOT_ASKED',
  stumblesOver: [],
  stumbling: 'REFUSES',
};

export const KNOWN_NAME = 'shop.example.test';
export const DER: Readonly<Record<Auth, Uint8Array>> = { RSA: Uint8Array.of(1), ECDSA: Uint8Array.of(2) };
const NOTHING_SEEN = { resumed: false, earlyDataAccepted: false, tickets: [], alerts: [], finished: false, roundTrips: 0 } as const;

export function answerOf(model: Model, probe: Probe): Answer {
  const seen = { ...NOTHING_SEEN, helloLength: lengthOf(probe.offer), ...see(model, probe) };
  const where = { address: '192.0.2.1', port: 443 };
  const failure = seen.failure;
  const silent = seen.silent ? problem('CONNECTION_TIMED_OUT', where) : problem('CONNECTION_CLOSED', where);
  const cause = failure ? problem('TLS_ALERT', where) : seen.silent !== undefined ? silent : undefined;
  return {
    seen,
    ...(cause && { problem: cause }),
    ...(probe.observed && { observation: { at: instant(0), target: { address: ip('192.0.2.1'), port: 443 }, steps: [] } }),
  };
}

type Shown = Partial<Seen> & { readonly silent?: boolean };
const alert = (code: number): Shown => ({ failure: { kind: 'ALERT', code } satisfies ClientFailure, alerts: [{ fatal: true, code }] });

function see(model: Model, { offer, until, afterwards }: Probe): Shown {
  if (model.stumblesOver.some((tolerance) => STUMBLES[tolerance](offer))) {
    return model.stumbling === 'REFUSES' ? alert(50) : { silent: model.stumbling === 'IS_SILENT' };
  }
  const version = chooseVersion(model, offer);
  if (model.names === 'STRICT' && offer.serverName !== KNOWN_NAME && version !== SSL3) return alert(112);
  if (version === undefined) return alert(70);
  if (!offer.versions.includes(version)) return { failure: { kind: 'NOT_OFFERED', what: 'version' } };
  if (model.names === 'NAMELESS' && offer.serverName !== undefined) return alert(112);
  if (offer.fallbackScsv && model.fallbackScsv && Math.max(...model.versions) > Math.max(...offer.versions)) return alert(86);
  const choice = choose(model, offer, version);
  if (choice === undefined) return alert(40);
  return { ...choice, ...flight(model, offer, version, choice, until), ...finish(model, offer, version, { until, afterwards }) };
}

function chooseVersion({ versions }: Model, offer: ClientOffer): number | undefined {
  const has = versions.toSorted((a, b) => b - a);
  if (Math.max(...offer.versions) >= TLS13) return has.find((version) => offer.versions.includes(version));
  return has.find((version) => version <= Math.max(...offer.versions));
}

const kind = (suite: number) => {
  const name = cipherSuiteName(suite);
  return {
    is13: !name.includes('_WITH_'),
    since12: /_(GCM|CCM|CCM_8|POLY1305)(_|$)|_SHA(256|384)$/.test(name),
    ecdhe: name.includes('_ECDHE_'),
    dhe: name.startsWith('TLS_DHE_'),
    auth: name.includes('_ECDSA_') ? ('ECDSA' as const) : ('RSA' as const),
    cbc: name.includes('_CBC_'),
  };
};
const authOf = (scheme: number): Auth => (signatureScheme(scheme)?.key === 'ec' ? 'ECDSA' : 'RSA');
const signs13 = (scheme: number) => scheme > 0x0700 || (authOf(scheme) === 'ECDSA' && scheme >> 8 >= 4);

/** Those of its suites that it can come to in this version. */
export function usable(model: Model, version: number): readonly number[] {
  return model.suites.filter((suite) => choose(model, everything(model, version, [suite]), version) !== undefined);
}
/** That a client can come to see, over all versions. */
export function groupsShown(model: Model): readonly number[] {
  const shownBy = (version: number): readonly number[] => {
    const suites = model.versions.includes(version) ? usable(model, version) : [];
    const shows = version === TLS13 ? suites.length > 0 : suites.some((suite) => kind(suite).ecdhe);
    return shows ? groupsOf(model, version) : [];
  };
  return [...new Set(model.versions.flatMap(shownBy))];
}
const groupsOf = ({ groups, groupsBefore12 }: Model, version: number): readonly number[] =>
  (version < TLS12 ? (groupsBefore12 ?? groups) : groups).filter((code) => (version === TLS13 ? isOf13(code) : code < 0x100));
const isOf13 = (group: number) => group >= 0x17;

export function signaturesShown(model: Model, version: number): readonly number[] {
  const signs = (auth: Auth) =>
    version === TLS13 || usable(model, version).some((suite) => kind(suite).auth === auth && (kind(suite).ecdhe || kind(suite).dhe));
  return model.signatures.filter(
    (code) => model.auths.includes(authOf(code)) && signs(authOf(code)) && (version === TLS13 ? signs13(code) : true),
  );
}
const everything = (model: Model, version: number, cipherSuites: readonly number[]): ClientOffer => ({
  ...{ versions: [version], cipherSuites, keyShares: [], alpn: [], asks: [] },
  groups: groupsOf(model, version),
  signatureAlgorithms: version < TLS12 ? [] : model.signatures,
});

function choose(model: Model, offer: ClientOffer, version: number): Shown | undefined {
  const first = (ours: readonly number[], theirs: readonly number[]) =>
    model.prefers ? ours.find((code) => theirs.includes(code)) : theirs.find((code) => ours.includes(code));
  const is13 = version === TLS13;
  const group = first(groupsOf(model, version), offer.groups);
  const signature = (auth: Auth | undefined) =>
    first(
      model.signatures.filter(
        (code) => (auth ?? authOf(code)) === authOf(code) && model.auths.includes(authOf(code)) && (!is13 || signs13(code)),
      ),
      offer.signatureAlgorithms,
    );
  const possible = model.suites.filter((suite) => {
    const { is13: of13, since12, ecdhe, dhe, auth } = kind(suite);
    if (is13 || of13) return is13 && of13;
    if ((since12 && version < TLS12) || (ecdhe && version === SSL3)) return false;
    return (
      model.auths.includes(auth) && (!ecdhe || group !== undefined) && (!(ecdhe || dhe) || version < TLS12 || signature(auth) !== undefined)
    );
  });
  const cipherSuite = first(possible, offer.cipherSuites);
  if (cipherSuite === undefined) return undefined;
  const { ecdhe, dhe, auth, cbc } = kind(cipherSuite);
  const algorithm = is13 ? signature(undefined) : ecdhe || dhe ? signature(auth) : undefined;
  if (is13 && (group === undefined || algorithm === undefined)) return undefined;
  const extension = (type: number, shown: boolean) => (shown ? [type] : []);
  return {
    ...(is13 && !offer.keyShares.includes(group!) && { helloRetryRequest: { group: group!, cookie: false } }),
    serverHello: {
      ...{ version, cipherSuite, sessionId: new Uint8Array() },
      compressionMethod: !is13 && model.compression && offer.compressionMethods?.includes(1) ? 1 : 0,
      extensions: is13
        ? []
        : [
            ...extension(EXTENSION.ENCRYPT_THEN_MAC, cbc && model.encryptThenMac && offer.asks.includes('ENCRYPT_THEN_MAC')),
            ...extension(EXTENSION.EXTENDED_MASTER_SECRET, model.extendedMasterSecret),
            ...extension(EXTENSION.RENEGOTIATION_INFO, model.secureRenegotiation),
          ],
    },
    keyExchange: is13 || ecdhe ? { kind: 'ECDHE', group } : dhe ? { kind: 'DHE', bits: model.finiteFieldBits } : { kind: 'RSA' },
    ...(algorithm !== undefined && version >= TLS12 && { signature: { algorithm } }),
    chain: [DER[is13 ? authOf(algorithm!) : auth]],
  };
}

function flight(model: Model, offer: ClientOffer, version: number, choice: Shown, until: Probe['until']): Shown {
  if (until === 'SERVER_HELLO') return { chain: undefined, signature: undefined, ...(version < TLS13 && { keyExchange: undefined }) };
  const alpn = model.alpn.find((protocol) => offer.alpn.includes(protocol));
  return {
    ...(alpn !== undefined && { alpn }),
    ...(model.clientCertificate !== 'NOT_ASKED' && { certificateRequest: { authorities: [], signatureAlgorithms: [] } }),
    resumed: offer.resume !== undefined && choice.serverHello?.version === version,
  };
}

function finish(model: Model, offer: ClientOffer, version: number, { until, afterwards }: Pick<Probe, 'until' | 'afterwards'>): Shown {
  if (until !== 'FINISHED') return {};
  if (model.clientCertificate === 'REQUIRED') {
    if (version < TLS13) return alert(40);
    if (afterwards !== undefined) return { ...alert(116), finished: true };
  }
  const secrets = { masterSecret: new Uint8Array(48) };
  const psk = {
    kind: 'PSK',
    preSharedKey: new Uint8Array(32),
    cipherSuite: 0x1301,
    ageAdd: 0,
    ageMs: 0,
    ticket: new Uint8Array(1),
  } as const;
  const wantsTicket = offer.asks.includes('SESSION_TICKET');
  const tickets: SeenTicket[] = [];
  if (version === TLS13 && model.tickets) tickets.push({ lifetimeSeconds: 60, maxEarlyData: model.maxEarlyData, resumption: psk });
  if (version < TLS13 && model.tickets && wantsTicket) {
    tickets.push({ lifetimeSeconds: 60, resumption: { kind: 'TICKET', ticket: new Uint8Array(1), ...secrets } });
  } else if (version < TLS13 && model.sessionIds) {
    tickets.push({ lifetimeSeconds: 0, resumption: { kind: 'SESSION_ID', sessionId: new Uint8Array(32), ...secrets } });
  }
  return { finished: true, tickets };
}

const lengthOf = (offer: ClientOffer): number => {
  const shares = offer.keyShares.reduce((sum, group) => sum + (group >= 0x11eb ? 1_220 : 70), 0);
  const lists = offer.cipherSuites.length + offer.groups.length + offer.signatureAlgorithms.length;
  return 5 + Math.max(offer.padTo ?? 0, 120 + shares + 2 * lists + 5 * offer.asks.length + (offer.serverName?.length ?? 0));
};
const STUMBLES: Readonly<Record<Tolerance, (offer: ClientOffer) => boolean>> = {
  NEW_VERSION: ({ versions }) => versions.includes(0x0305),
  UNKNOWN_EXTENSION: ({ asks }) => asks.includes('UNASSIGNED'),
  GREASE: ({ grease }) => grease === true,
  LONG_HELLO: (offer) => lengthOf(offer) > 1_460,
  HELLO_OF_256_TO_511: (offer) => lengthOf(offer) >= 261 && lengthOf(offer) <= 516,
  MANY_SUITES: ({ cipherSuites }) => cipherSuites.length > 128,
  FRAGMENTED_HELLO: ({ recordSize }) => recordSize !== undefined,
};
