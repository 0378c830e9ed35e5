/**
 * A server that says what it is told to, so that it can lie: made of the pieces that our client is made of, which the traces of RFC 8448
 * and real servers vouch for. It takes x25519 and, in TLS 1.3, TLS_AES_128_GCM_SHA256.
 */
import { createPrivateKey, diffieHellman, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { certificateVerifyInput } from '../../../../src/cores/tls/client/signature.js';
import { ByteReader } from '../../../../src/cores/tls/codec/byte-reader.js';
import { concat, uint, vector } from '../../../../src/cores/tls/codec/byte-writer.js';
import { parseExtensions } from '../../../../src/cores/tls/codec/extensions.js';
import { encodeHandshake } from '../../../../src/cores/tls/codec/handshake.js';
import { recordHeader } from '../../../../src/cores/tls/codec/record.js';
import { finishedMac, KeySchedule } from '../../../../src/cores/tls/protection/key-schedule.js';
import { Tls13Protection } from '../../../../src/cores/tls/protection/tls13-protection.js';
import { Transcript } from '../../../../src/cores/tls/protection/transcript.js';
import { suiteParameters } from '../../../../src/cores/tls/registry/suite-parameters.js';

const SERVER_RANDOM = new Uint8Array(32).fill(7);
const X25519 = 0x001d;
const { publicKey, privateKey } = generateKeyPairSync('x25519');
const spki = publicKey.export({ format: 'der', type: 'spki' });
const share = spki.subarray(-32);

export type Identity = { readonly leafDer: Uint8Array; readonly keyPem: string };

export const record = (type: number, content: Uint8Array): Uint8Array => concat(recordHeader(type, 0x0303, content.length), content);

/** `02` a ServerHello. `extensions`: type and content. */
export const serverHello = (
  version: number,
  suite: number,
  sessionId: Uint8Array,
  extensions: readonly [number, Uint8Array][],
  random: Uint8Array = SERVER_RANDOM,
): Uint8Array =>
  encodeHandshake(
    2,
    concat(
      ...[uint(2, Math.min(version, 0x0303)), random, vector(1, sessionId), uint(2, suite), uint(1, 0)],
      vector(2, ...extensions.map(([type, content]) => concat(uint(2, type), vector(2, content)))),
    ),
  );

/** What a client said: of its records the one ClientHello. */
function read(records: Uint8Array): { message: Uint8Array; random: Uint8Array; sessionId: Uint8Array; share: Uint8Array } {
  const message = records.subarray(5);
  const hello = new ByteReader(message.subarray(6));
  const random = hello.take(32);
  const sessionId = hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  const shares = new ByteReader(parseExtensions(hello.vector(2))?.get(51) ?? new Uint8Array());
  const entries = new ByteReader(shares.vector(2));
  entries.uint(2);
  return { message, random, sessionId, share: entries.vector(2) };
}

export type Lie13 = {
  readonly hello?: (hello: Uint8Array) => Uint8Array;
  readonly signWith?: string;
  /** Changes the flight's messages, before each is added to the transcript. */
  readonly message?: (message: Uint8Array) => Uint8Array;
  /** In the place of the Certificate, CertificateVerify and Finished, whatever they are. */
  readonly flight?: readonly Uint8Array[];
};

/** A TLS 1.3 server's flight. */
export function answer13(records: Uint8Array, { leafDer, keyPem }: Identity, lie: Lie13 = {}): Uint8Array {
  const client = read(records);
  const change = lie.message ?? ((message: Uint8Array) => message);
  const keyShare: [number, Uint8Array] = [51, concat(uint(2, X25519), vector(2, share))];
  const plain = serverHello(0x0304, 0x1301, client.sessionId, [[43, uint(2, 0x0304)], keyShare]);
  const hello = lie.hello?.(plain) ?? plain;
  const transcript = new Transcript();
  transcript.begin('sha256');
  transcript.add(client.message);
  transcript.add(hello);
  const schedule = new KeySchedule('sha256');
  const theirs = createPublicKey({ key: concat(spki.subarray(0, -32), client.share) as Buffer, format: 'der', type: 'spki' });
  schedule.enter(diffieHellman({ privateKey, publicKey: theirs }));
  const secret = schedule.derive('s hs traffic', transcript.digest());
  const { cipher } = suiteParameters(0x1301);
  const protection = new Tls13Protection(cipher!, 'sha256', secret);
  const sealed: Uint8Array[] = [];
  const say = (message: Uint8Array): void => {
    const said = change(message);
    transcript.add(said);
    if (said.length > 0) sealed.push(protection.seal(22, said));
  };
  if (lie.flight) lie.flight.forEach(say);
  else {
    say(encodeHandshake(8, vector(2)));
    say(encodeHandshake(11, concat(vector(1), vector(3, vector(3, leafDer), vector(2)))));
    const signature = sign('sha256', certificateVerifyInput(transcript.digest()), createPrivateKey(lie.signWith ?? keyPem));
    say(encodeHandshake(15, concat(uint(2, 0x0403), vector(2, signature))));
    say(encodeHandshake(20, finishedMac('sha256', secret, transcript.digest())));
  }
  return concat(record(22, hello), ...sealed);
}

/** A TLS 1.2 server's flight, up to its ServerHelloDone, with ECDHE_ECDSA: one record. */
export function answer12(records: Uint8Array, { leafDer, keyPem }: Identity, extensions: readonly [number, Uint8Array][] = []): Uint8Array {
  const client = read(records);
  const parameters = concat(Uint8Array.of(3), uint(2, X25519), vector(1, share));
  const signature = sign('sha256', concat(client.random, SERVER_RANDOM, parameters), createPrivateKey(keyPem));
  return record(
    22,
    concat(
      serverHello(0x0303, 0xc02b, new Uint8Array(), extensions),
      encodeHandshake(11, vector(3, vector(3, leafDer))),
      encodeHandshake(12, concat(parameters, uint(2, 0x0403), vector(2, signature))),
      encodeHandshake(13, concat(vector(1, Uint8Array.of(64)), vector(2, uint(2, 0x0403)), vector(2))),
      encodeHandshake(14, new Uint8Array()),
    ),
  );
}
