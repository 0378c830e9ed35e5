import { createECDH, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SentHello } from '../../../../src/cores/tls/client/hello/client-hello.js';
import type { ClientOffer } from '../../../../src/cores/tls/client/client-offer.js';
import type { ClientTools, KeyShare } from '../../../../src/cores/tls/client/client-tools.js';
import { Conversation } from '../../../../src/cores/tls/client/states/conversation.js';
import type { Hellos } from '../../../../src/cores/tls/client/hello/hellos.js';
import { finishedMac, KeySchedule } from '../../../../src/cores/tls/protection/key-schedule.js';
import { Transcript } from '../../../../src/cores/tls/protection/transcript.js';
import { AUTHENTICATED, COMPATIBLE, RESUMED, RETRIED, SIMPLE } from './rfc8448.js';

const X25519 = 0x001d;
const SECP256R1 = 0x0017;
/** Of section 3's ticket, which section 4 comes back with. */
const PRE_SHARED_KEY = '4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3';
const RECORD_HEADER = 5;

const bytes = (text: string): Buffer => Buffer.from(text, 'hex');
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

const OFFER: ClientOffer = {
  versions: [0x0304],
  cipherSuites: [0x1301, 0x1303, 0x1302],
  groups: [0x001d, 0x0017, 0x0018, 0x0019, 0x0100],
  keyShares: [X25519],
  signatureAlgorithms: [0x0403, 0x0503, 0x0603, 0x0203, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601],
  alpn: [],
  serverName: 'server',
  asks: [],
};

const x25519Share = (privateKey: string): KeyShare => ({
  publicKey: new Uint8Array(),
  agree: (peer) =>
    diffieHellman({
      privateKey: createPrivateKey({ key: bytes(`302e020100300506032b656e04220420${privateKey}`), format: 'der', type: 'pkcs8' }),
      publicKey: createPublicKey({ key: Buffer.concat([bytes('302a300506032b656e032100'), peer]), format: 'der', type: 'spki' }),
    }),
});
function p256Share(privateKey: string): KeyShare {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(bytes(privateKey));
  return { publicKey: new Uint8Array(), agree: (peer) => ecdh.computeSecret(peer) };
}

/** The hello of a trace, with the key that it was made with. */
function sent(record: string, shares: SentHello['shares'], offer = OFFER): SentHello {
  const message = bytes(record).subarray(RECORD_HEADER);
  const sessionId = message.subarray(39, 39 + (message[38] ?? 0));
  const extensions = new Set([0, 0xff01, 10, 35, 51, 43, 13, 45, 28, 42, 21, 41]);
  return { offer, message, random: message.subarray(6, 38), sessionId, shares, extensions, grease: undefined };
}
const once = (hello: SentHello): Hellos => ({ first: () => hello, again: () => hello });
const TOOLS: ClientTools = { bytes: (length) => new Uint8Array(length), keyShare: () => undefined, finiteFieldShare: () => undefined };
const withKey = (privateKey: string): SentHello['shares'] => new Map([[X25519, x25519Share(privateKey)]]);

describe('the traces of RFC 8448', () => {
  it('section 3: a full handshake is answered byte for byte, and so is what follows', () => {
    const client = new Conversation(once(sent(SIMPLE.clientHello, withKey(SIMPLE.privateKey))), TOOLS, 'FINISHED');
    expect(hex(client.start())).toBe(SIMPLE.clientHello);
    expect(hex(client.receive(bytes(SIMPLE.serverHello)))).toBe('');
    expect(hex(client.receive(bytes(SIMPLE.serverFlight)))).toBe(SIMPLE.clientFinished);
    expect(client.seen).toMatchObject({
      serverHello: { version: 0x0304, cipherSuite: 0x1301 },
      keyExchange: { kind: 'ECDHE', group: X25519 },
      signature: { algorithm: 0x0804 },
      ...{ finished: true, resumed: false, roundTrips: 1, helloLength: 201 },
    });
    client.receive(bytes(SIMPLE.newSessionTicket));
    expect(client.seen.tickets).toMatchObject([
      { lifetimeSeconds: 30, maxEarlyData: 1024, resumption: { kind: 'PSK', preSharedKey: bytes(PRE_SHARED_KEY), ageAdd: 0xfad6aac5 } },
    ]);
    const data = Uint8Array.from({ length: 50 }, (_, i) => i);
    expect(hex(client.send(data))).toBe(SIMPLE.clientData);
    client.receive(bytes(SIMPLE.serverData));
    expect(hex(client.takeData())).toBe(hex(data));
    expect(hex(client.close())).toBe(SIMPLE.clientClose);
  });

  it('section 3: close_notify ends the connection without a failure', () => {
    const client = new Conversation(once(sent(SIMPLE.clientHello, withKey(SIMPLE.privateKey))), TOOLS, 'FINISHED');
    client.start();
    const { serverHello, serverFlight, newSessionTicket, serverData, serverClose } = SIMPLE;
    for (const record of [serverHello, serverFlight, newSessionTicket, serverData, serverClose]) client.receive(bytes(record));
    expect(client.seen).toMatchObject({ alerts: [{ fatal: false, code: 0 }], finished: true });
    expect(client.seen.failure).toBeUndefined();
    expect(hex(client.send(Uint8Array.of(1)))).toBe('');
  });

  it('section 4: a resumption with early data is answered, and its binder is the one that we make', () => {
    const preSharedKey = bytes(PRE_SHARED_KEY);
    const resume = { kind: 'PSK', ticket: new Uint8Array(), preSharedKey, cipherSuite: 0x1301, ageAdd: 0, ageMs: 0 } as const;
    const hello = sent(RESUMED.clientHello, withKey(RESUMED.privateKey), { ...OFFER, resume, earlyData: true });
    const client = new Conversation(once(hello), TOOLS, 'FINISHED');
    expect(hex(client.start())).toBe(RESUMED.clientHello);
    client.receive(bytes(RESUMED.serverHello));
    // The trace's EndOfEarlyData follows early data, which is never sent here: the record before the Finished differs.
    const answer = hex(client.receive(bytes(RESUMED.serverFlight)));
    expect(answer.slice(-2 * 58)).toBe(RESUMED.clientFinished.slice(-2 * 58));
    expect(answer.slice(0, 10)).toBe(RESUMED.clientFinished.slice(0, 10));
    expect(client.seen).toMatchObject({ resumed: true, earlyDataAccepted: true, finished: true });

    const binderLength = 32;
    const binderKey = new KeySchedule('sha256', preSharedKey).derive('res binder');
    const truncated = hello.message.subarray(0, hello.message.length - binderLength - 3);
    const binder = finishedMac('sha256', binderKey, new Transcript().digestWith('sha256', truncated));
    expect(hex(binder)).toBe(hex(hello.message.subarray(-binderLength)));
  });

  it('section 5: a HelloRetryRequest with a cookie is answered, and the transcript goes on from its hash', () => {
    const asked: unknown[] = [];
    const second = sent(RETRIED.secondClientHello, new Map([[SECP256R1, p256Share(RETRIED.privateKey)]]));
    const hellos: Hellos = {
      first: () => sent(RETRIED.clientHello, new Map([[X25519, TOOLS.keyShare(0) ?? p256Share(RETRIED.privateKey)]])),
      again: (_, { cookie, share }) => {
        asked.push([cookie?.length, share?.group]);
        return second;
      },
    };
    const client = new Conversation(hellos, { ...TOOLS, keyShare: () => p256Share(RETRIED.privateKey) }, 'FINISHED');
    client.start();
    expect(hex(client.receive(bytes(RETRIED.helloRetryRequest)))).toBe(RETRIED.secondClientHello);
    expect(asked).toEqual([[114, SECP256R1]]);
    client.receive(bytes(RETRIED.serverHello));
    expect(hex(client.receive(bytes(RETRIED.serverFlight)))).toBe(RETRIED.clientFinished);
    expect(client.seen).toMatchObject({ helloRetryRequest: { group: SECP256R1, cookie: true }, roundTrips: 2, finished: true });
  });

  it('section 6: a request for a certificate is seen, and answered without one', () => {
    const client = new Conversation(once(sent(AUTHENTICATED.clientHello, withKey(AUTHENTICATED.privateKey))), TOOLS, 'FINISHED');
    client.start();
    client.receive(bytes(AUTHENTICATED.serverHello + AUTHENTICATED.serverFlight));
    const { certificateRequest, signature, finished } = client.seen;
    expect({ signature, finished }).toEqual({ signature: { algorithm: 0x0403 }, finished: true });
    expect(certificateRequest?.authorities).toEqual([]);
    expect(certificateRequest?.signatureAlgorithms.slice(0, 2)).toEqual([0x0403, 0x0503]);
  });

  it('section 7: ChangeCipherSpec is passed over, and sent once', () => {
    const client = new Conversation(once(sent(COMPATIBLE.clientHello, withKey(COMPATIBLE.privateKey))), TOOLS, 'FINISHED');
    client.start();
    client.receive(bytes(COMPATIBLE.serverHello));
    expect(hex(client.receive(bytes(COMPATIBLE.serverFlight)))).toBe(COMPATIBLE.clientFinished);
  });

  it.each([['whole'], ['byte by byte']])('any changed bit of the encrypted flight is a forgery, fed %s', (how) => {
    for (let at = RECORD_HEADER; at < bytes(SIMPLE.serverFlight).length; at += 61) {
      const client = new Conversation(once(sent(SIMPLE.clientHello, withKey(SIMPLE.privateKey))), TOOLS, 'FINISHED');
      client.start();
      client.receive(bytes(SIMPLE.serverHello));
      const flight = bytes(SIMPLE.serverFlight);
      flight[at] = (flight[at] ?? 0) ^ 1;
      if (how === 'whole') client.receive(flight);
      else flight.forEach((_, i) => client.receive(flight.subarray(i, i + 1)));
      expect(client.seen).toMatchObject({ failure: { kind: 'FORGED', what: 'RECORD' }, finished: false });
      expect(client.done).toBe(true);
    }
  });
});
