/**
 * One real, full handshake, and what it showed. Never throws, never leaves a socket open.
 *
 * Nothing is believed here: `rejectUnauthorized` is off because the chain is to be *seen*, also where it is wrong, and judged
 * later by cores/tls/proof.ts with our own path validator, against the roots that the caller names. That the server holds the
 * leaf's key is checked by OpenSSL all the same, as part of the handshake. No application data is ever sent or read.
 */
import type { X509Certificate } from 'node:crypto';
import type net from 'node:net';
import tls from 'node:tls';
import type { HandshakeTarget, Observation, Session } from '../../cores/tls/observation.js';
import { clientHelloDetail } from '../../cores/tls/step-details.js';
import { HandshakeTimeline } from '../../cores/tls/timeline.js';
import type { Clock } from '../../values/clock.js';
import { type Problem, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { timedOut } from './connection-problem.js';
import { Deadline, withDeadline } from './deadline.js';
import type { Dialer } from './dialer.js';
import { closedEarly, tlsProblem } from './tls-problem.js';
import { WireTap } from './wire-tap.js';

type HandshakeOptions = { readonly dialer: Dialer; readonly clock: Clock; readonly timeoutMs: number };

const OFFER = {
  versions: ['TLS 1.3', 'TLS 1.2'],
  groups: ['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1'],
  alpn: ['h2', 'http/1.1'],
} as const;
/** OpenSSL 3.5: `*` sends a key share with the first ClientHello, so that only servers without x25519 cost another round trip. */
const OPENSSL_GROUPS = '*X25519MLKEM768:*X25519:P-256:P-384';
/** For our close_notify to leave; a peer that does not read is cut off then. */
const CLOSE_MS = 1_000;

export async function performHandshake(target: HandshakeTarget, options: HandshakeOptions): Promise<Observation> {
  const { dialer, clock, timeoutMs } = options;
  const at = clock.now();
  const deadline = new Deadline(timeoutMs);
  const { address, port, socketPath } = target;
  const dialled = await dialer.connect(socketPath === undefined ? { address, port } : { socketPath }, { timeoutMs });
  if (!dialled.ok) return { at, target, steps: [], failure: dialled.problem };
  return { at, target, ...(await shakeHands(dialled.value, target, deadline)) };
}

type Shown = Pick<Observation, 'steps' | 'session' | 'failure'>;

async function shakeHands(socket: net.Socket, target: HandshakeTarget, deadline: Deadline): Promise<Shown> {
  const where = { address: target.address, port: target.port };
  const timeline = new HandshakeTimeline();
  const startedAt = performance.now();
  const afterMs = () => performance.now() - startedAt;
  const outcome = Promise.withResolvers<Result<Session>>();
  const fail = (cause: Problem) => outcome.resolve(err(cause));

  const tap = new WireTap(socket, {
    sent: () => timeline.clientHello(afterMs(), clientHelloDetail({ ...OFFER, servername: target.servername })),
    received: (bytes) => {
      timeline.received(bytes, afterMs());
      if (!timeline.malformed) return;
      const detail = timeline.looksLikeHttp ? 'it answered in plain HTTP' : 'its answer is not a TLS handshake';
      fail(problem('TLS_PROTOCOL_ERROR', { ...where, step: timeline.lastStep, detail }));
    },
  });
  const timer = setTimeout(() => fail(timedOut(where, deadline.limitMs, { step: timeline.lastStep })), deadline.remainingMs);
  const secure = tls.connect({
    socket: tap,
    servername: target.servername,
    ALPNProtocols: [...OFFER.alpn],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ecdhCurve: OPENSSL_GROUPS,
    rejectUnauthorized: false,
    // No roots of Node's own: loading them would only spend time on a judgement that nobody asks for.
    ca: [],
  });
  secure.once('secureConnect', () => {
    const session = sessionOf(secure, timeline.group);
    timeline.finished(afterMs(), session);
    outcome.resolve(ok(session));
  });
  secure.on('error', (error) => fail(tlsProblem(error, where, timeline.lastStep)));
  secure.once('close', () => fail(closedEarly(where, timeline.lastStep)));

  const shown = await outcome.promise;
  const steps = [...timeline.steps];
  clearTimeout(timer);
  await close(secure, socket);
  return shown.ok ? { steps, session: shown.value } : { steps, failure: shown.problem };
}

const sessionOf = (secure: tls.TLSSocket, group: string | undefined): Session => ({
  protocol: secure.getProtocol() ?? 'unknown',
  cipherSuite: secure.getCipher().standardName,
  ...(group !== undefined && { group }),
  ...(secure.alpnProtocol && { alpn: secure.alpnProtocol }),
  chain: chainOf(secure.getPeerX509Certificate()),
});

/**
 * Leaf first, in the order it was sent, with whatever else was sent. `issuerCertificate` of a peer's certificate is simply the
 * next one of the Certificate message, whoever issued it (tried on Node 24); `getPeerCertificate(true)` would sort by issuer.
 */
function chainOf(leaf: X509Certificate | undefined): Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (let next = leaf; next !== undefined; next = next.issuerCertificate) chain.push(new Uint8Array(next.raw));
  return chain;
}

/** Says goodbye (close_notify), so that the server logs no error, and lets go of the socket in any case. */
async function close(secure: tls.TLSSocket, socket: net.Socket): Promise<void> {
  const closed = new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
  secure.destroySoon();
  if ((await withDeadline(closed, CLOSE_MS)) !== 'TIMED_OUT') return;
  socket.destroy();
  await closed;
}
