/** The pseudorandom function of TLS 1.2 (RFC 5246 5) and of TLS 1.0 and 1.1 (RFC 2246 5), and what is made with it. */
import { concat } from '../codec/byte-writer.js';
import { TLS12 } from '../registry/versions.js';
import { hmac } from './hmac.js';

const MASTER_SECRET_LENGTH = 48;
const VERIFY_DATA_LENGTH = 12;

/** `md5-sha1`: before TLS 1.2, whatever the suite. */
export type PrfHash = 'sha256' | 'sha384' | 'md5-sha1';

export const prfHash = (version: number, suiteHash: 'sha256' | 'sha384'): PrfHash => (version >= TLS12 ? suiteHash : 'md5-sha1');

export function prf(hash: PrfHash, secret: Uint8Array, label: string, seed: Uint8Array, length: number): Uint8Array {
  const labelled = concat(Buffer.from(label, 'latin1'), seed);
  if (hash !== 'md5-sha1') return expand(hash, secret, labelled, length);
  // Each half has its own hash; of an odd length the middle byte is in both.
  const half = Math.ceil(secret.length / 2);
  const md5 = expand('md5', secret.subarray(0, half), labelled, length);
  const sha1 = expand('sha1', secret.subarray(secret.length - half), labelled, length);
  return md5.map((byte, i) => byte ^ (sha1[i] ?? 0));
}

export const masterSecret = (hash: PrfHash, preMasterSecret: Uint8Array, randoms: Uint8Array): Uint8Array =>
  prf(hash, preMasterSecret, 'master secret', randoms, MASTER_SECRET_LENGTH);

/** RFC 7627 4. `sessionHash`: of all messages up to the ClientKeyExchange, it among them. */
export const extendedMasterSecret = (hash: PrfHash, preMasterSecret: Uint8Array, sessionHash: Uint8Array): Uint8Array =>
  prf(hash, preMasterSecret, 'extended master secret', sessionHash, MASTER_SECRET_LENGTH);

export const verifyData = (hash: PrfHash, master: Uint8Array, who: 'client' | 'server', transcriptHash: Uint8Array): Uint8Array =>
  prf(hash, master, `${who} finished`, transcriptHash, VERIFY_DATA_LENGTH);

/** P_hash. */
function expand(hash: string, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  let a = seed;
  for (let filled = 0; filled < length; filled += blocks.at(-1)?.length ?? length) {
    a = hmac(hash, secret, a);
    blocks.push(hmac(hash, secret, a, seed));
  }
  return concat(...blocks).subarray(0, length);
}
