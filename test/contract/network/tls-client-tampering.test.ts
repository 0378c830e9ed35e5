/** Somebody between our TLS client and a real server changes what is said, and how a connection is kept. */
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { problem } from '../../../src/values/problems/problem.js';
import { err, ok } from '../../../src/values/result.js';
import { makeCa, type TestCertificate } from '../../support/pki/certificates.js';
import { Listeners } from '../../support/listen.js';
import { andTickets, EVERYTHING, talkTo } from '../../support/tls/talk.js';
import { startWire, type Wire } from '../../support/tls/wire.js';

const shop = 'shop.example.test';
const TLS12 = { versions: [0x0303], cipherSuites: [0xc02b] };
const listeners = new Listeners();
let certificate: TestCertificate;
let impostor: TestCertificate;
beforeAll(async () => {
  const ca = await makeCa();
  certificate = await ca.issue({ names: [shop] });
  // As long as the other: what is in its place changes no length. Signatures vary by a byte or two.
  do impostor = await ca.issue({ names: [shop] });
  while (impostor.leafDer.length !== certificate.leafDer.length);
});
afterEach(() => listeners.stop());

async function serve(options: tls.TlsOptions = {}): Promise<Wire> {
  const server = tls.createServer({ cert: certificate.chainPem, key: certificate.keyPem, ...options }, (socket) => {
    socket.on('error', () => {}).on('data', (data) => socket.write(`heard ${String(data)}`));
  });
  const wire = await startWire(await listeners.listen(server.on('tlsClientError', () => {})));
  listeners.onStop(() => wire.stop());
  return wire;
}
const flipLast = (part: Buffer): void => void part.writeUInt8(part.readUInt8(part.length - 1) ^ 1, part.length - 1);
/** What is found in a piece is changed; where nothing is said of how, its last byte. */
function withChange(piece: Buffer, found: Uint8Array, change: (part: Buffer) => void = flipLast): Buffer {
  const at = piece.indexOf(found);
  if (at >= 0) change(piece.subarray(at, at + found.length));
  return piece;
}

describe('somebody in between', () => {
  it('who shows another certificate has not its key', async () => {
    const wire = await serve();
    const leaf = certificate.leafDer;
    wire.fault = { kind: 'REWRITE', answer: (piece) => withChange(piece, leaf, (part) => part.set(impostor.leafDer)) };
    const { seen, problem: cause } = await talkTo(wire.port, TLS12);
    expect(seen).toMatchObject({ failure: { kind: 'FORGED', what: 'SIGNATURE' }, finished: false });
    expect(seen?.chain?.[0]).toEqual(impostor.leafDer);
    expect(cause).toMatchObject({ code: 'TLS_PROTOCOL_ERROR', facts: { kind: 'FORGED', step: 'CERTIFICATE' } });
  });

  it('who changes what the server was asked is found by the Finished', async () => {
    const wire = await serve();
    const first = await talkTo(wire.port, TLS12, andTickets);
    const resume = first.seen?.tickets[0]?.resumption;
    // Our hello arrives without h2: only a resumption lets the server prove first what it saw.
    wire.fault = { kind: 'REWRITE', request: (piece) => withChange(piece, Buffer.from('http/1.1')) };
    const { seen } = await talkTo(wire.port, { ...TLS12, resume });
    expect(seen).toMatchObject({ resumed: true, failure: { kind: 'FORGED', what: 'FINISHED' } });
  });

  it.each([
    ['TLS 1.2', TLS12, 'SIGNATURE'],
    ['TLS 1.3', { versions: [0x0304], groups: [0x001d], keyShares: [0x001d] }, 'RECORD'],
  ])('who changes the random of the server in %s is found', async (_, offer, what) => {
    const wire = await serve();
    const isHello = (piece: Buffer): boolean => piece[0] === 22 && piece[5] === 2;
    wire.fault = { kind: 'REWRITE', answer: (piece) => (isHello(piece) ? withChange(piece, piece.subarray(11, 30)) : piece) };
    expect((await talkTo(wire.port, offer)).seen?.failure).toEqual({ kind: 'FORGED', what });
  });

  it('who changes data after the handshake is found', async () => {
    const wire = await serve();
    let isDone = false;
    wire.fault = { kind: 'REWRITE', answer: (piece) => (isDone ? withChange(piece, piece) : piece) };
    const { seen, data } = await talkTo(wire.port, TLS12, {
      afterwards: { say: Buffer.from('hello'), forMs: 5_000, maxBytes: 100, isEnough: () => ((isDone = true), false) },
    });
    expect(seen).toMatchObject({ finished: true, failure: { kind: 'FORGED', what: 'RECORD' } });
    expect(data).toHaveLength(0);
  });
});

describe('a connection of our client', () => {
  it('says in the order of the steps when each was reached', async () => {
    const { reachedMs, problem: cause } = await talkTo((await serve()).port, TLS12);
    expect(cause).toBeUndefined();
    const times = ['CLIENT_HELLO', 'SERVER_HELLO', 'CERTIFICATE', 'KEY_EXCHANGE', 'FINISHED'].map((step) => reachedMs.get(step as never));
    expect(times).toEqual(times.toSorted((a, b) => (a ?? NaN) - (b ?? NaN)));
    expect(times.every((time) => time !== undefined)).toBe(true);
  });

  it.each([
    ['the server hangs up', 'HANG_UP'],
    ['nothing more comes', 'SILENCE'],
    ['more comes than is read', 'FLOOD'],
  ])('that waits for more ends when %s, and that is no problem', async (_, how) => {
    const server = tls.createServer({ cert: certificate.chainPem, key: certificate.keyPem }, (socket) => {
      socket.on('error', () => {}).resume();
      if (how === 'HANG_UP') socket.end('bye');
      if (how === 'FLOOD') socket.write(Buffer.alloc(3_000_000));
    });
    const port = await listeners.listen(server);
    const waiting = { isEnough: () => false, forMs: how === 'SILENCE' ? 100 : 8_000, maxBytes: 20_000 };
    const talked = await talkTo(port, {}, { afterwards: waiting });
    expect(talked).toMatchObject({ seen: { finished: true } });
    expect(talked.problem).toBeUndefined();
    expect(talked.data.length).toBe({ HANG_UP: 3, SILENCE: 0, FLOOD: 20_000 }[how]);
  });

  it('talks before TLS where it has to, and not after a refusal', async () => {
    const secure = tls.createSecureContext({ cert: certificate.chainPem, key: certificate.keyPem });
    const port = await listeners.listen(
      net.createServer((socket) => {
        socket.once('data', (asked) => {
          if (String(asked) !== 'STARTTLS') return socket.end('no');
          return socket.write('go', () => new tls.TLSSocket(socket, { isServer: true, secureContext: secure }).on('error', () => {}));
        });
      }),
    );
    const ask = (word: string) => async (socket: net.Socket) => {
      socket.write(word);
      const [answer] = await new Promise<[Buffer]>((resolve) => socket.once('data', (data: Buffer) => resolve([data])));
      return String(answer) === 'go' ? ok(undefined) : err(problem('CONNECTION_CLOSED', { detail: 'it refused' }));
    };
    expect((await talkTo(port, {}, { prepare: ask('STARTTLS') })).seen).toMatchObject({ finished: true });
    const refused = await talkTo(port, {}, { prepare: ask('HELLO') });
    expect(refused).toMatchObject({ problem: { facts: { detail: 'it refused' } }, offer: EVERYTHING });
    expect(refused.seen).toBeUndefined();
  });

  it('says that it was reset', async () => {
    const port = await listeners.listen(net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
    expect((await talkTo(port)).problem).toMatchObject({
      code: 'CONNECTION_CLOSED',
      facts: { step: 'CLIENT_HELLO', detail: 'it was reset, in the middle of the handshake, after CLIENT_HELLO' },
    });
  });
});
