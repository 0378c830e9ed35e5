/** How both sides come to one pre-master secret in TLS 1.2 and before (RFC 5246 7.4.7, RFC 8422 5.7). */
import { malformed, notCompletable, notOffered } from '../failure.js';
import { constants, publicEncrypt, X509Certificate } from 'node:crypto';
import { concat, uint, vector } from '../../codec/byte-writer.js';
import type { ServerShare } from '../../codec/server-key-exchange.js';
import { isAvailable } from '../../protection/aead.js';
import { extendedMasterSecret, masterSecret, type PrfHash } from '../../protection/prf.js';
import { groupName } from '../../registry/groups.js';
import type { SuiteParameters } from '../../registry/suite-parameters.js';
import { SSL3, TLS12, versionName } from '../../registry/versions.js';
import type { ClientOffer } from '../client-offer.js';
import type { ClientTools } from '../client-tools.js';
import type { SeenSoFar } from '../handshake.js';
import type { ClientFailure } from '../seen.js';

type Agreed = {
  readonly clientKeyExchange: Uint8Array;
  masterSecret(hash: PrfHash, over: { readonly session: Uint8Array } | { readonly randoms: Uint8Array }): Uint8Array;
};

/** Once the server's flight is seen: is there a way on? */
export function whyNotCompletable(suite: SuiteParameters, version: number, compressionMethod: number): ClientFailure | undefined {
  if (version === SSL3) return notCompletable(versionName(version));
  if (compressionMethod !== 0) return notCompletable(`compression ${compressionMethod}`);
  if (suite.keyExchange === undefined) return notCompletable('its key exchange');
  if (suite.export) return notCompletable('an export suite');
  return suite.cipher === undefined || !isAvailable(suite.cipher) ? notCompletable('its cipher') : undefined;
}

/** Writes down what the server chose, and refuses what was not offered. */
export function checkShare(share: ServerShare, { groups }: ClientOffer, seen: SeenSoFar): ClientFailure | undefined {
  switch (share.kind) {
    case 'ECDHE':
      seen.keyExchange = { kind: 'ECDHE', group: share.group };
      return groups.length > 0 && !groups.includes(share.group) ? notOffered(`group ${groupName(share.group)}`) : undefined;
    case 'DHE':
      seen.keyExchange = { kind: 'DHE', bits: bitLength(share.prime) };
      return undefined;
    case 'RSA':
      seen.keyExchange = { kind: 'RSA', bits: bitLength(share.modulus) };
      return undefined;
    default:
      return share satisfies never;
  }
}

/** `share`: of the ServerKeyExchange; none for static RSA, where the secret is encrypted to the key of `leaf`. */
export function agree12(
  share: ServerShare | undefined,
  leaf: Uint8Array | undefined,
  offer: ClientOffer,
  tools: ClientTools,
): Agreed | ClientFailure {
  switch (share?.kind) {
    case 'ECDHE': {
      const ours = tools.keyShare(share.group);
      if (ours === undefined) return notCompletable(`group ${groupName(share.group)}`);
      const secret = ours.agree(share.share);
      return secret === undefined ? malformed('its key share is none') : agreed(vector(1, ours.publicKey), secret);
    }
    case 'DHE': {
      const ours = tools.finiteFieldShare(share.prime, share.generator);
      if (ours === undefined) return notCompletable(`a finite field of ${bitLength(share.prime)} bits`);
      const secret = ours.agree(share.share);
      return secret === undefined ? malformed('its key share is none') : agreed(vector(2, ours.publicKey), secret);
    }
    default:
      return encryptToLeaf(leaf, offer, tools);
  }
}

const agreed = (clientKeyExchange: Uint8Array, preMasterSecret: Uint8Array): Agreed => ({
  clientKeyExchange,
  masterSecret: (hash, over) =>
    'session' in over ? extendedMasterSecret(hash, preMasterSecret, over.session) : masterSecret(hash, preMasterSecret, over.randoms),
});

const bitLength = (bytes: Uint8Array): number => (bytes.length === 0 ? 0 : bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24);

/** RFC 5246 7.4.7.1: begins with the highest version that was offered. */
function encryptToLeaf(leaf: Uint8Array | undefined, { versions }: ClientOffer, tools: ClientTools): Agreed | ClientFailure {
  const offered = Math.max(...versions.filter((version) => version <= TLS12));
  const preMasterSecret = concat(uint(2, offered), tools.bytes(46));
  try {
    const key = new X509Certificate(leaf ?? new Uint8Array()).publicKey;
    const length = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
    const padded = pkcs1Padded(preMasterSecret, length, tools);
    return agreed(vector(2, publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded)), preMasterSecret);
  } catch {
    return malformed('the certificate has no RSA key that can be encrypted to');
  }
}

/** RFC 8017 7.2.1, by hand, so that every random byte comes from our tools. */
function pkcs1Padded(message: Uint8Array, length: number, tools: ClientTools): Uint8Array {
  const padding = tools.bytes(Math.max(0, length - message.length - 3)).map((byte) => byte || 1);
  return concat(Uint8Array.of(0, 2), padding, Uint8Array.of(0), message);
}
