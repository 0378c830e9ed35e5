import type { PathMemory } from './budget.js';
import type { Hostname } from '../../../values/hostname.js';
import type { Instant } from '../../../values/instant.js';
import type { Certificate } from '../certificate.js';
import type { Crl } from '../revocation/crl.js';
import type { PeerName } from './peer-name.js';
import type { KeyUse } from '../encoding/key-usage.js';

export type Purpose = 'serverAuth' | 'clientAuth';

/**
 * HANDSHAKE: what clients do with a chain that a server showed; the leaf is fit for TLS, and is no CA.
 * CONFORMING: every certificate in it follows RFC 5280 4 and CA/B BR 7.1 to the letter as well, the root with them; what the leaf's key may do
 * is only what `keyUsage` asks for.
 */
export type Profile = 'HANDSHAKE' | 'CONFORMING';

/** Which path is asked for, and what from. */
export type PathRequest = {
  readonly leaf: Certificate;
  /** In any order; strangers and duplicates among them do no harm. */
  readonly intermediates: readonly Certificate[];
  readonly roots: readonly Certificate[];
  /** The name that the client asks for; without it, no name is checked. */
  readonly hostname?: Hostname;
  /** Names of any kind that the leaf has to have, each of them. */
  readonly peers?: readonly PeerName[];
  readonly purpose: Purpose;
  /** OIDs that the leaf has to have beside the purpose, where it says what it is for. */
  readonly extendedKeyUsage?: readonly string[];
  /** Bits that the leaf has to have, where it has a key usage. */
  readonly keyUsage?: readonly KeyUse[];
  /** Of signature-algorithm.ts. Without it, all of them. */
  readonly signatureAlgorithms?: readonly string[];
  /** Between leaf and root; self-issued ones are not counted (RFC 5280 6.1.4 l). */
  readonly maxIntermediates?: number;
  /** With one or more, revocation counts: the leaf has to be on a good list of its issuer, and so has each intermediate whose issuer has one here. */
  readonly crls?: readonly Crl[];
  /** Of validations before this one that share its cost. */
  readonly memory?: PathMemory;
  /** HANDSHAKE where absent. */
  readonly profile?: Profile;
  readonly now: Instant;
};
