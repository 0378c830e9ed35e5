/** What a full check finds of a server that is as it should be, and the same with one thing changed. */
import type { AddressCheck, HttpAnswer, SiteCheck, VersionSupport } from '../../../src/cores/tls/check/site-check.js';
import type { Observation, ObservedStep } from '../../../src/cores/tls/observation.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { parseInstant } from '../../../src/values/instant.js';
import { parseIpAddress } from '../../../src/values/ip-address.js';
import type { Problem } from '../../../src/values/problems/problem.js';
import { ok, unwrap } from '../../../src/values/result.js';

export const CHECKED_AT = unwrap(parseInstant('2026-11-24T12:00:00Z'));
export const SHOP = unwrap(parseHostname('shop.example'));
export const V4 = unwrap(parseIpAddress('192.0.2.10'));
export const V6 = unwrap(parseIpAddress('2001:db8::10'));

const TLS12_SUITES = ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'];
const TLS13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

export const siteCheck = (changes: Partial<SiteCheck> = {}): SiteCheck => ({
  name: SHOP,
  port: 443,
  at: CHECKED_AT,
  tookMs: 812,
  addresses: ok([]),
  leftOut: [],
  connections: { used: 31, budget: 150 },
  ...changes,
});

/** Of a server with Mozilla's intermediate policy that shows `chain`. */
export function healthyAddress(chain: readonly Uint8Array[], changes: Partial<AddressCheck> = {}): AddressCheck {
  const address = changes.address ?? V4;
  const observed = (protocol: string) => ({ ...observation(chain, protocol), target: { address, port: 443, servername: SHOP } });
  return {
    address,
    port: 443,
    baseline: observed('TLSv1.3'),
    handshakes: [observed('TLSv1.2'), observed('TLSv1.3')],
    versions: versions({ 0x0303: TLS12_SUITES, 0x0304: TLS13_SUITES }),
    groups: ok(['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1']),
    signatureAlgorithms: [
      { version: 0x0303, names: ok(['ecdsa_secp256r1_sha256']) },
      { version: 0x0304, names: ok(['ecdsa_secp256r1_sha256']) },
    ],
    certificates: [{ chain, versions: [0x0303, 0x0304] }],
    withoutName: ok({ kind: 'REFUSED', alert: 'unrecognized_name' }),
    wrongName: ok({ kind: 'REFUSED', alert: 'unrecognized_name' }),
    alpn: ok(['h2', 'http/1.1']),
    resumption: { sessionId: ok(true), ticket: ok(true), psk: ok(true) },
    earlyData: ok(false),
    extendedMasterSecret: ok(true),
    encryptThenMac: ok(false),
    secureRenegotiation: ok(true),
    fallbackScsv: ok(true),
    compression: ok(false),
    clientCertificate: ok('NOT_ASKED'),
    tolerates: {
      NEW_VERSION: ok(true),
      UNKNOWN_EXTENSION: ok(true),
      GREASE: ok(true),
      LONG_HELLO: ok(true),
      HELLO_OF_256_TO_511: ok(true),
      MANY_SUITES: ok(true),
      FRAGMENTED_HELLO: ok(true),
    },
    http: {
      overTls: ok(httpAnswer({ hsts: ['max-age=63072000; includeSubDomains'] })),
      plain: ok(httpAnswer({ status: 301, location: 'https://shop.example/' })),
    },
    connections: 31,
    ...changes,
  };
}

/** Of a server that no browser gets on with: nothing more was asked but `changes`. */
export const failedAddress = (failure: Problem, changes: Partial<AddressCheck> = {}): AddressCheck => ({
  address: changes.address ?? V4,
  port: 443,
  baseline: { at: CHECKED_AT, target: { address: changes.address ?? V4, port: 443, servername: SHOP }, steps: [], failure },
  handshakes: [],
  versions: [],
  certificates: [],
  resumption: {},
  tolerates: {},
  connections: 1,
  ...changes,
});

/** Each version of SSL 3.0 to TLS 1.3: with these suites, or not supported. */
export const versions = (suites: Readonly<Record<number, readonly string[]>>, finiteFieldBits?: number): VersionSupport[] =>
  [0x0300, 0x0301, 0x0302, 0x0303, 0x0304].map((version) => {
    const names = suites[version];
    if (names === undefined) return { version, supported: ok(false) };
    return {
      version,
      supported: ok(true),
      suites: ok({ names, preference: 'SERVER', ...(finiteFieldBits !== undefined && { finiteFieldBits }) }),
    };
  });

export const httpAnswer = (changes: Partial<HttpAnswer> = {}): HttpAnswer => ({
  status: 200,
  hsts: [],
  date: CHECKED_AT,
  receivedAt: CHECKED_AT,
  server: 'nginx',
  ...changes,
});

const STEPS: readonly ObservedStep['step'][] = ['CLIENT_HELLO', 'SERVER_HELLO', 'CERTIFICATE', 'KEY_EXCHANGE', 'FINISHED'];

const observation = (chain: readonly Uint8Array[], protocol: string): Observation => ({
  at: CHECKED_AT,
  target: { address: V4, port: 443, servername: SHOP },
  steps: STEPS.map((step, i) => ({ step, afterMs: i * 4.25, detail: `${step.toLowerCase()} of ${protocol}` })),
  session: {
    protocol,
    cipherSuite: protocol === 'TLSv1.3' ? TLS13_SUITES[0]! : TLS12_SUITES[0]!,
    group: 'X25519MLKEM768',
    alpn: 'h2',
    chain,
  },
});
