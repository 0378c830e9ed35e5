/** Signed certificate timestamps (RFC 6962 3.2, 3.3) of logs that there are none of: their signatures are noise. */
import { createHash } from 'node:crypto';
import { number, vector } from '../../simulators/tls-server/writer.js';
import { octets } from './der.js';

export type TestTimestamp = { readonly log: string; readonly at: Date };

/** One SerializedSCT, without its length. */
export const serialized = ({ log, at }: TestTimestamp): Buffer =>
  Buffer.concat([
    Buffer.of(0),
    createHash('sha256').update(log).digest(),
    number(Math.floor(at.getTime() / 2 ** 32), 4),
    number(at.getTime() % 2 ** 32, 4),
    vector(2),
    Buffer.of(4, 3),
    vector(2, Buffer.alloc(70, 7)),
  ]);

export const timestampList = (...timestamps: readonly TestTimestamp[]): Buffer =>
  vector(2, ...timestamps.map((one) => vector(2, serialized(one))));

/** As the extension of a certificate or of an OCSP response has it. */
export const inExtension = (list: Uint8Array): Uint8Array => octets(list);
