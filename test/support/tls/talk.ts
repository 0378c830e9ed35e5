/** One connection of our TLS client with a server on loopback. */
import { makeClientTools } from '../../../src/adapters/network/probe/client-tools.js';
import { talk, type Talk, type Talked } from '../../../src/adapters/network/probe/connection.js';
import type { ClientOffer } from '../../../src/cores/tls/client/client-offer.js';
import { KNOWN_CIPHER_SUITES } from '../../../src/cores/tls/registry/cipher-suites.js';
import { KNOWN_SIGNATURE_SCHEMES } from '../../../src/cores/tls/registry/signature-schemes.js';
import { SystemRandom } from '../../../src/platform/random.js';
import { instant } from '../../../src/values/instant.js';
import { ip, loopbackDialer } from '../network.js';

/** All that has a name, TLS 1.3 and 1.2. */
export const EVERYTHING: ClientOffer = {
  versions: [0x0304, 0x0303],
  cipherSuites: KNOWN_CIPHER_SUITES,
  groups: [0x11ec, 0x001d, 0x0017, 0x0018, 0x0019],
  keyShares: [0x11ec, 0x001d],
  signatureAlgorithms: KNOWN_SIGNATURE_SCHEMES.toReversed(),
  alpn: ['h2', 'http/1.1'],
  serverName: 'shop.example.test',
  asks: [
    ...(['STATUS_REQUEST', 'SIGNED_CERTIFICATE_TIMESTAMP', 'ENCRYPT_THEN_MAC', 'EXTENDED_MASTER_SECRET'] as const),
    ...(['SESSION_TICKET', 'RENEGOTIATION_INFO', 'PSK_MODES'] as const),
  ],
};

const dialer = loopbackDialer();
const means = { dialer, clock: { now: () => instant(0) }, timeoutMs: 10_000 };

/** `offer`: what differs from everything. */
export const talkTo = (port: number, offer: Partial<ClientOffer> = {}, options: Partial<Talk> = {}): Promise<Talked> =>
  talk(
    { target: { address: ip('127.0.0.1'), port }, offer: { ...EVERYTHING, ...offer }, until: 'FINISHED', ...options },
    { ...means, tools: makeClientTools({ random: new SystemRandom() }) },
  );

/** What a server says after the handshake is waited for: its tickets, or an alert. */
export const andTickets = {
  afterwards: { isEnough: (seen) => seen.tickets.length > 0, forMs: 5_000, maxBytes: 1_024 },
} satisfies Partial<Talk>;
