/** What a proof offers: what browsers do, and what older clients that still are about complete. */
import type { KeyFamily } from '../../../cores/pki/encoding/key-algorithm.js';
import type { ClientOffer } from '../../../cores/tls/client/client-offer.js';
import { TLS12, TLS13 } from '../../../cores/tls/registry/versions.js';

/**
 * No ticket is asked for, and none follows in TLS 1.3, where the modes are left out (RFC 8446 4.2.9): each proof is a full handshake.
 * Shares for two groups, so that only servers without x25519 cost another round trip.
 */
const OFFER: Omit<ClientOffer, 'serverName'> = {
  versions: [TLS13, TLS12],
  cipherSuites: [
    ...[0x1301, 0x1302, 0x1303], // TLS 1.3
    ...[0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8], // ECDHE with AEAD
    ...[0x009e, 0x009f, 0xccaa], // DHE with AEAD
    ...[0xc009, 0xc013, 0xc00a, 0xc014, 0xc023, 0xc027, 0xc024, 0xc028], // ECDHE with CBC
    ...[0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035], // static RSA
  ],
  groups: [0x11ec, 0x001d, 0x0017, 0x0018],
  keyShares: [0x11ec, 0x001d],
  signatureAlgorithms: [0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601],
  alpn: ['h2', 'http/1.1'],
  asks: ['EXTENDED_MASTER_SECRET', 'ENCRYPT_THEN_MAC', 'RENEGOTIATION_INFO'],
};

/** Signatures by keys of one family, and the suites that go with them; those of TLS 1.3 go with both (RFC 8446 B.4). */
const ECDSA_SIGNATURES = [0x0403, 0x0503, 0x0603];
const RSA_SIGNATURES = [0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601];
const ECDSA_SUITES = new Set([0xc02b, 0xc02c, 0xcca9, 0xc009, 0xc00a, 0xc023, 0xc024]);
const isOf13 = (suite: number): boolean => suite >> 8 === 0x13;
const OF_FAMILY: Readonly<Record<KeyFamily, Pick<ClientOffer, 'cipherSuites' | 'signatureAlgorithms'>>> = {
  ECDSA: {
    cipherSuites: OFFER.cipherSuites.filter((suite) => isOf13(suite) || ECDSA_SUITES.has(suite)),
    signatureAlgorithms: ECDSA_SIGNATURES,
  },
  RSA: { cipherSuites: OFFER.cipherSuites.filter((suite) => !ECDSA_SUITES.has(suite)), signatureAlgorithms: RSA_SIGNATURES },
};

/** `family`: only what certificates with such keys can answer. */
export const proofOffer = (serverName: string | undefined, family?: KeyFamily): ClientOffer => ({
  ...OFFER,
  ...(family && OF_FAMILY[family]),
  ...(serverName !== undefined && { serverName }),
});
