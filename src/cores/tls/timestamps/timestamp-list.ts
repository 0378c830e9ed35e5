/**
 * SignedCertificateTimestampList (RFC 6962 3.2, 3.3), strictly: what logs of Certificate Transparency promise. Read, and not believed: their keys are
 * not known here, so no signature is verified.
 */
import type { Instant } from '../../../values/instant.js';
import { err, ok, type Result } from '../../../values/result.js';
import { ByteReader } from '../codec/byte-reader.js';

export type SignedTimestamp = {
  /** SHA-256 of the log's public key, lower-case hex. */
  readonly logId: string;
  readonly at: Instant;
};

/** `others`: of a version that nobody knows yet, which are passed over (RFC 6962 3.2). */
export type TimestampList = { readonly timestamps: readonly SignedTimestamp[]; readonly others: number };

/** Certificates carry two to five. */
const MAX_TIMESTAMPS = 100;
const V1 = 0;
const [SHA256, RSA, ECDSA] = [4, 1, 3];

/** The error says in a few words what is wrong with it. Never throws. */
export function readTimestampList(bytes: Uint8Array): Result<TimestampList, string> {
  const whole = new ByteReader(bytes);
  const list = new ByteReader(whole.vector(2));
  if (whole.failed || !whole.done) return err('its length is not that of the list');
  if (list.done) return err('the list is empty');
  const timestamps: SignedTimestamp[] = [];
  let others = 0;
  while (!list.done) {
    const one = list.vector(2);
    if (list.failed) return err('a timestamp is cut short');
    if (one.length === 0) return err('a timestamp is empty');
    if (timestamps.length + others === MAX_TIMESTAMPS) return err(`it has more than ${MAX_TIMESTAMPS} timestamps`);
    if (one[0] !== V1) others++;
    else {
      const read = readTimestamp(one);
      if (!read.ok) return read;
      timestamps.push(read.value);
    }
  }
  return ok({ timestamps, others });
}

function readTimestamp(bytes: Uint8Array): Result<SignedTimestamp, string> {
  const reader = new ByteReader(bytes);
  reader.take(1);
  const logId = Buffer.from(reader.take(32)).toString('hex');
  const at = reader.uint(4) * 2 ** 32 + reader.uint(4);
  // CtExtensions: what is in them is the log's affair.
  reader.vector(2);
  const [hash, algorithm] = [reader.uint(1), reader.uint(1)];
  const signature = reader.vector(2);
  if (reader.failed || !reader.done) return err('a timestamp has not the length of its parts');
  // RFC 6962 2.1.4: what a log signs with.
  if (hash !== SHA256 || (algorithm !== RSA && algorithm !== ECDSA)) return err('a timestamp is signed in a way that no log uses');
  if (signature.length === 0) return err('a timestamp has no signature');
  return at <= MAX_INSTANT ? ok({ logId, at: at as Instant }) : err('a timestamp is of no time that there is');
}

/** What a Date can hold. */
const MAX_INSTANT = 8_640_000_000_000_000;
