/** The ClientHellos that a check is made of. */
import type { Asks, ClientOffer } from '../client/client-offer.js';
import { SSL3, TLS12, TLS13 } from '../registry/versions.js';
import { CURVES_12, GROUPS_13, SIGNATURES_12, SIGNATURES_13, suitesOf } from './candidates.js';

/** How a server wants to be spoken to: what a first answer showed it to put up with. */
export type Manner = {
  /** Absent: no SNI. */
  readonly serverName?: string;
  readonly alpn: readonly string[];
  /** False: no key share longer than a packet, which some servers do not read to its end. */
  readonly longShares: boolean;
  /** False: none but what the version cannot do without. */
  readonly extensions: boolean;
};

const SUITES_13 = [0x1301, 0x1303, 0x1302];
const SUITES_12 = [0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035];
const HYBRID = 0x11ec;
const X25519 = 0x001d;
/** Of a share that fits in one packet, as browsers have them. */
export const CURVES: readonly number[] = [X25519, 0x0017, 0x0018];
const SIGNATURES = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201];
const EXTENSIONS: readonly Asks[] = [
  'STATUS_REQUEST',
  'SIGNED_CERTIFICATE_TIMESTAMP',
  'EXTENDED_MASTER_SECRET',
  'SESSION_TICKET',
  'RENEGOTIATION_INFO',
  'PSK_MODES',
];

/** Past the lengths that hang some servers (RFC 7685 1); browsers pad for the same reason. */
const PAD_TO = 512;

/** As a browser of 2026 has it: the same suites, groups, shares and extensions, without its GREASE. `versions`: TLS 1.2, TLS 1.3 or both. */
export function browserOffer({ serverName, alpn, longShares, extensions }: Manner, versions: readonly number[]): ClientOffer {
  const with13 = versions.includes(TLS13);
  const groups = with13 && longShares ? [HYBRID, ...CURVES] : CURVES;
  return {
    versions,
    cipherSuites: [...(with13 ? SUITES_13 : []), ...(versions.includes(TLS12) ? SUITES_12 : [])],
    groups,
    keyShares: with13 ? groups.slice(0, longShares ? 2 : 1) : [],
    signatureAlgorithms: SIGNATURES,
    alpn: extensions ? alpn : [],
    ...(serverName !== undefined && { serverName }),
    asks: extensions ? EXTENSIONS : ['RENEGOTIATION_INFO'],
    ...(extensions && { padTo: PAD_TO }),
  };
}

/**
 * All that is looked for in one version. With TLS 1.3 without a share, so that the server names the group that it wants
 * (RFC 8446 4.2.8), and it need not be one that we could make a share for.
 */
export function wideOffer({ serverName, extensions }: Manner, version: number): ClientOffer {
  // Servers of that age know no extensions, and those of today do not answer.
  const bare = version === SSL3;
  const is13 = version === TLS13;
  const usual: readonly Asks[] = extensions ? [...EXTENSIONS, ...(is13 ? [] : (['ENCRYPT_THEN_MAC'] as const))] : ['RENEGOTIATION_INFO'];
  return {
    versions: [version],
    cipherSuites: suitesOf(version),
    groups: bare ? [] : is13 ? GROUPS_13 : CURVES_12,
    keyShares: [],
    signatureAlgorithms: is13 ? SIGNATURES_13 : version === TLS12 ? SIGNATURES_12 : [],
    alpn: [],
    ...(serverName !== undefined && !bare && { serverName }),
    asks: bare ? [] : usual,
    ...(extensions && !bare && { padTo: PAD_TO }),
  };
}
