/** Both directions' protection from one master secret (RFC 5246 6.3). */
import { prf, type PrfHash } from './prf.js';
import { ByteReader } from '../codec/byte-reader.js';
import { concat } from '../codec/byte-writer.js';
import type { BulkCipher, SuiteParameters } from '../registry/suite-parameters.js';
import { CbcProtection } from './cbc-protection.js';
import { secretKey } from './hmac.js';
import type { RecordProtection } from './record-protection.js';
import { Tls12AeadProtection } from './tls12-aead-protection.js';

export type Tls12Agreed = {
  readonly version: number;
  readonly hash: PrfHash;
  readonly suite: SuiteParameters & { readonly cipher: BulkCipher };
  readonly masterSecret: Uint8Array;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly encryptThenMac: boolean;
  readonly bytes: (length: number) => Uint8Array;
};

const MAC_LENGTH = { md5: 16, sha1: 20, sha256: 32, sha384: 48 } as const;
/** RFC 5288 3: the part of the nonce that is not in the record; RFC 7905 2: all of it. */
const FIXED_IV_LENGTH = { GCM: 4, CCM: 4, CHACHA20: 12 } as const;

export function tls12Protection(agreed: Tls12Agreed): { readonly reading: RecordProtection; readonly writing: RecordProtection } {
  const { cipher, mac } = agreed.suite;
  const isAead = cipher.mode === 'GCM' || cipher.mode === 'CCM' || cipher.mode === 'CHACHA20';
  const macLength = isAead ? 0 : MAC_LENGTH[mac];
  const ivLength = cipher.mode in FIXED_IV_LENGTH ? FIXED_IV_LENGTH[cipher.mode as keyof typeof FIXED_IV_LENGTH] : cipher.blockLength;
  const seed = concat(agreed.serverRandom, agreed.clientRandom);
  const block = new ByteReader(prf(agreed.hash, agreed.masterSecret, 'key expansion', seed, 2 * (macLength + cipher.keyLength + ivLength)));
  const [clientMac, serverMac] = [block.take(macLength), block.take(macLength)];
  const [clientKey, serverKey] = [block.take(cipher.keyLength), block.take(cipher.keyLength)];
  const [clientIv, serverIv] = [block.take(ivLength), block.take(ivLength)];
  const make = (macKey: Uint8Array, key: Uint8Array, iv: Uint8Array): RecordProtection =>
    isAead ? new Tls12AeadProtection({ cipher, key: secretKey(key) }, iv) : new CbcProtection({ cipher, key, mac, macKey, iv }, agreed);
  return { reading: make(serverMac, serverKey, serverIv), writing: make(clientMac, clientKey, clientIv) };
}
