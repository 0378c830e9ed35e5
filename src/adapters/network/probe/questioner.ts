/**
 * Puts the questions of a check to one server, each on a connection of its own: within a budget of connections, a time for each and an end
 * for all, a few at once. Never throws, never leaves a socket open.
 */
import type net from 'node:net';
import type { Answer, Probe, Topic } from '../../../cores/tls/check/probe.js';
import type { HttpAnswer, StartTls } from '../../../cores/tls/check/site-check.js';
import type { Observation } from '../../../cores/tls/observation.js';
import type { Clock } from '../../../values/clock.js';
import type { IpAddress } from '../../../values/ip-address.js';
import { type Problem, problem } from '../../../values/problems/problem.js';
import { err, type Result } from '../../../values/result.js';
import { Deadline } from '../deadline.js';
import type { Dialer } from '../dialer.js';
import type { HostLimits } from './host-limits.js';
import { Pacer, type Pace } from './pace.js';
import { askPlainHttp, startTls } from './plain-talk.js';
import type { Talker } from './talk.js';

export type QuestionerParts = {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly limits: HostLimits;
  readonly talker: Talker;
};
export type Questioned = {
  readonly address: IpAddress;
  readonly port: number;
  readonly startTls?: StartTls;
  readonly pace: Pace;
  /** Of HTTP. */
  readonly host: string;
};
export type Bounds = {
  readonly budget: number;
  /** For one connection, from the dialling to the last byte. */
  readonly connectionMs: number;
  /** Aborted: no question is asked any more, and those that are being asked end at once. */
  readonly stopped: AbortSignal;
  readonly onConnection: (topic: Topic) => void;
};

export class Questioner {
  #used = 0;
  readonly #pacer: Pacer;

  constructor(
    private readonly parts: QuestionerParts,
    private readonly server: Questioned,
    private readonly bounds: Bounds,
  ) {
    this.#pacer = new Pacer(server.pace);
  }

  get used(): number {
    return this.#used;
  }

  async ask(probe: Probe): Promise<Answer> {
    const { address, port } = this.server;
    const answer = await this.#connected(probe.topic, port, async (socket, deadline) => {
      const { startTls: protocol } = this.server;
      const refusal = protocol && (await startTls(socket, protocol, { address, port }, deadline));
      return refusal ? { problem: refusal } : this.parts.talker.talk(socket, probe, { ...this.server, deadline });
    });
    if (!answer.ok) return { problem: answer.problem, ...(probe.observed && { observation: this.#unconnected(answer.problem) }) };
    if (answer.value.problem && BROKE_OFF.has(answer.value.problem.code)) this.#pacer.stepBack();
    return answer.value;
  }

  /** `GET /` without TLS. */
  async askPlain(port: number): Promise<Result<HttpAnswer>> {
    const { address, host } = this.server;
    const where = { address, port };
    const answer = await this.#connected('HTTP', port, (socket, deadline) =>
      askPlainHttp(socket, { host, where, deadline, clock: this.parts.clock }),
    );
    return answer.ok ? answer.value : answer;
  }

  #unconnected(failure: Problem): Observation {
    const { address, port } = this.server;
    return { at: this.parts.clock.now(), target: { address, port }, steps: [], failure };
  }

  async #connected<T>(topic: Topic, port: number, use: (socket: net.Socket, deadline: Deadline) => Promise<T>): Promise<Result<T>> {
    const { address } = this.server;
    return this.parts.limits.run(address, async () => {
      await this.#pacer.turn();
      const refusal = this.#refusal();
      if (refusal) return err(refusal);
      this.#used++;
      this.bounds.onConnection(topic);
      const deadline = new Deadline(this.bounds.connectionMs);
      const dialled = await this.parts.dialer.connect({ address, port }, { timeoutMs: this.bounds.connectionMs });
      if (!dialled.ok) {
        if (dialled.problem.code === 'CONNECTION_REFUSED') this.#pacer.stepBack();
        return dialled;
      }
      const socket = dialled.value;
      const { stopped } = this.bounds;
      const end = () => void socket.destroy();
      stopped.addEventListener('abort', end);
      try {
        if (stopped.aborted) return err(this.#stoppedProblem());
        const used = await use(socket, deadline);
        return stopped.aborted ? err(this.#stoppedProblem()) : { ok: true, value: used };
      } finally {
        stopped.removeEventListener('abort', end);
        letGo(socket);
      }
    });
  }

  #refusal(): Problem | undefined {
    const { budget, stopped } = this.bounds;
    if (stopped.aborted) return this.#stoppedProblem();
    return this.#used >= budget ? problem('CHECK_BUDGET_SPENT', { budget }) : undefined;
  }

  #stoppedProblem(): Problem {
    const { reason } = this.bounds.stopped as { readonly reason: unknown };
    const late = reason instanceof Error && reason.name === 'TimeoutError';
    return problem('CHECK_STOPPED', { detail: late ? 'because its time was over' : 'because it was called off' });
  }
}

const BROKE_OFF: ReadonlySet<string> = new Set(['CONNECTION_CLOSED', 'CONNECTION_REFUSED']);
/** For our last bytes to leave. */
const LINGER_MS = 1_000;

function letGo(socket: net.Socket): void {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.destroySoon();
}
