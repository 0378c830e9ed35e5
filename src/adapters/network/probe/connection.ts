/**
 * One connection of our own TLS client over the dialer: what it showed, and when. Never throws, never leaves a socket open, and takes no
 * longer than it may.
 */
import type net from 'node:net';
import { clientProblem } from '../../../cores/tls/client-problem.js';
import type { ClientOffer } from '../../../cores/tls/client/client-offer.js';
import type { ClientTools } from '../../../cores/tls/client/client-tools.js';
import type { HelloTemplate } from '../../../cores/tls/client/hello/hello-template.js';
import type { Seen } from '../../../cores/tls/client/seen.js';
import { TlsClient, type Until } from '../../../cores/tls/client/tls-client.js';
import type { HandshakeStep, HandshakeTarget } from '../../../cores/tls/observation.js';
import { reachedSteps } from '../../../cores/tls/step-details.js';
import type { Clock } from '../../../values/clock.js';
import type { Instant } from '../../../values/instant.js';
import { type Problem, problem } from '../../../values/problems/problem.js';
import type { Result } from '../../../values/result.js';
import { errorCode, timedOut } from '../dialing/connection-problem.js';
import { Deadline, withDeadline } from '../dialing/deadline.js';
import type { Dialer } from '../dialing/dialer.js';

export type Talk = {
  readonly target: HandshakeTarget;
  readonly offer: ClientOffer;
  /** Of that offer, but for the name. */
  readonly template?: HelloTemplate;
  readonly until: Until;
  /** Before TLS, on the connected socket, which it leaves without listeners of its own: STARTTLS. */
  readonly prepare?: (socket: net.Socket, deadline: Deadline) => Promise<Result<void>>;
  readonly afterwards?: Afterwards;
};

/** When both Finished are there, and only then. */
export type Afterwards = {
  /** Application data. */
  readonly say?: Uint8Array;
  /** Of all that came since: is it what was waited for? Where it never is, `forMs` or the server ends the wait; neither is a problem. */
  readonly isEnough: (seen: Seen, data: Uint8Array) => boolean;
  readonly forMs: number;
  /** Of data; what comes beyond is not read. */
  readonly maxBytes: number;
};

export type Talked = {
  readonly at: Instant;
  readonly target: HandshakeTarget;
  readonly offer: ClientOffer;
  /** Absent: there was no connection, or `prepare` came to nothing. */
  readonly seen?: Seen;
  /** Milliseconds from the connection until each step was reached. */
  readonly reachedMs: ReadonlyMap<HandshakeStep, number>;
  /** Why `until` was not reached: ADDRESS_NOT_ALLOWED, CONNECTION_*, TLS_ALERT, TLS_PROTOCOL_ERROR, or what `prepare` answered. */
  readonly problem?: Problem;
  /** Application data that came. */
  readonly data: Uint8Array;
  /** When the last of it came. */
  readonly receivedAt?: Instant;
};

export type TalkMeans = { readonly dialer: Dialer; readonly clock: Clock; readonly tools: ClientTools; readonly timeoutMs: number };

/** For our close_notify to leave; a peer that does not read is cut off then. */
const CLOSE_MS = 1_000;

export async function talk(talk: Talk, means: TalkMeans): Promise<Talked> {
  const { target, offer, prepare } = talk;
  const { address, port, socketPath } = target;
  const { dialer, clock, timeoutMs } = means;
  const started = { at: clock.now(), target, offer };
  const unheard = (cause: Problem): Talked => ({ ...started, reachedMs: new Map(), data: new Uint8Array(), problem: cause });
  const deadline = new Deadline(timeoutMs);
  // Nothing is read before all that hangs on the connection is done, and by then the exchange is there.
  const onBytes = (bytes: Uint8Array): void => exchange.received(bytes);
  const endpoint = socketPath === undefined ? { address, port } : { socketPath };
  // Who prepares listens to the socket itself.
  const dialled = await dialer.connect(endpoint, { timeoutMs, ...(prepare === undefined && { onBytes }) });
  if (!dialled.ok) return unheard(dialled.problem);
  const socket = dialled.value;
  const prepared = await prepare?.(socket, deadline);
  if (prepared && !prepared.ok) {
    socket.destroy();
    return unheard(prepared.problem);
  }
  const exchange = new Exchange(socket, talk, means, deadline);
  if (prepare !== undefined) socket.on('data', onBytes);
  return { ...started, ...(await exchange.run()) };
}

class Exchange {
  readonly #socket: net.Socket;
  readonly #talk: Talk;
  readonly #clock: Clock;
  readonly #deadline: Deadline;
  readonly #client: TlsClient;
  readonly #reachedMs = new Map<HandshakeStep, number>();
  readonly #ended = Promise.withResolvers<Problem | undefined>();
  readonly #startedAt = performance.now();
  #data: Uint8Array = new Uint8Array();
  #receivedAt: Instant | undefined;
  #isAfterwards = false;
  #waiting: NodeJS.Timeout | undefined;
  #lastWord: Uint8Array = new Uint8Array();
  #reset = '';

  constructor(socket: net.Socket, talk: Talk, { tools, clock }: TalkMeans, deadline: Deadline) {
    this.#socket = socket;
    this.#talk = talk;
    this.#clock = clock;
    this.#deadline = deadline;
    this.#client = new TlsClient(talk.offer, tools, talk.until, talk.template);
  }

  async run(): Promise<Pick<Talked, 'seen' | 'reachedMs' | 'problem' | 'data' | 'receivedAt'>> {
    const socket = this.#socket;
    const timer = setTimeout(() => this.#timeOut(), this.#deadline.remainingMs);
    socket.once('end', () => this.#closed());
    socket.once('error', (error) => (this.#reset = errorCode(error) === 'ECONNRESET' ? 'it was reset, ' : ''));
    socket.once('close', () => this.#closed());
    socket.write(this.#client.start());
    this.#note(['CLIENT_HELLO']);

    const cause = await this.#ended.promise;
    clearTimeout(timer);
    clearTimeout(this.#waiting);
    const { seen } = this.#client;
    await this.#close();
    return {
      ...{ seen, reachedMs: this.#reachedMs, data: this.#data },
      ...(cause && { problem: cause }),
      ...(this.#receivedAt !== undefined && { receivedAt: this.#receivedAt }),
    };
  }

  /** What came from the socket; held no longer than the call. */
  received(bytes: Uint8Array): void {
    const answer = this.#client.receive(bytes);
    const { seen } = this.#client;
    this.#note(reachedSteps(seen));
    const isOver = this.#client.done && this.#talk.afterwards === undefined;
    // The last thing that we say goes with the goodbye: one packet less.
    if (isOver) this.#lastWord = answer;
    else if (answer.length > 0) this.#socket.write(answer);
    if (this.#isAfterwards) this.#listen(seen);
    else if (this.#client.done) this.#handshakeDone(seen);
  }

  #handshakeDone(seen: Seen): void {
    const { afterwards } = this.#talk;
    if (!seen.finished) return this.#ended.resolve(seen.failure && clientProblem(seen.failure, this.#place));
    if (afterwards === undefined) return this.#ended.resolve(undefined);
    this.#isAfterwards = true;
    if (afterwards.say) this.#socket.write(this.#client.send(afterwards.say));
    this.#waiting = setTimeout(() => this.#ended.resolve(undefined), Math.min(afterwards.forMs, this.#deadline.remainingMs));
    this.#listen(seen);
  }

  #listen(seen: Seen): void {
    const { afterwards } = this.#talk;
    const fresh = this.#client.takeData();
    if (fresh.length > 0) {
      this.#data = Buffer.concat([this.#data, fresh]).subarray(0, afterwards?.maxBytes);
      this.#receivedAt = this.#clock.now();
    }
    const isFull = this.#data.length >= (afterwards?.maxBytes ?? 0);
    if (isFull || seen.failure !== undefined || afterwards?.isEnough(seen, this.#data)) this.#ended.resolve(undefined);
  }

  #closed(): void {
    this.#client.closedByPeer();
    const { seen } = this.#client;
    if (seen.finished) return this.#ended.resolve(undefined);
    const detail = `${this.#reset}in the middle of the handshake, after ${this.#place.step}`;
    this.#ended.resolve(seen.failure ? clientProblem(seen.failure, this.#place) : problem('CONNECTION_CLOSED', { ...this.#place, detail }));
  }

  #timeOut(): void {
    const { address, port, step } = this.#place;
    this.#ended.resolve(this.#client.seen.finished ? undefined : timedOut({ address, port }, this.#deadline.limitMs, { step }));
  }

  get #place(): { address: string; port: number; step: HandshakeStep } {
    const { address, port } = this.#talk.target;
    return { address, port, step: reachedSteps(this.#client.seen).at(-1) ?? 'CLIENT_HELLO' };
  }

  #note(steps: readonly HandshakeStep[]): void {
    const afterMs = performance.now() - this.#startedAt;
    for (const step of steps) if (!this.#reachedMs.has(step)) this.#reachedMs.set(step, afterMs);
  }

  /** Says goodbye (close_notify), so that the server logs no error, and lets go of the socket in any case. */
  async #close(): Promise<void> {
    const socket = this.#socket;
    if (socket.closed) return;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const goodbye = Buffer.concat([this.#lastWord, this.#client.close()]);
    if (goodbye.length > 0 && socket.writable) socket.write(goodbye);
    // What the kernel has taken it sends; only what waits here has to be waited for.
    if (socket.writableLength > 0) {
      socket.destroySoon();
      if ((await withDeadline(closed, CLOSE_MS)) !== 'TIMED_OUT') return;
    }
    socket.destroy();
    await closed;
  }
}
