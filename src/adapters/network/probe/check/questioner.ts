/**
 * Puts the questions of a check to one server, each on a connection of its own: within a budget of connections, a time for each and an end
 * for all, a few at once. Never throws, never leaves a socket open.
 */
import { httpRequest, hasWholeHead, MAX_HEADER_BYTES } from '../../../../cores/tls/check/http-answer.js';
import type { Answer, Probe, Topic } from '../../../../cores/tls/check/probe.js';
import type { HttpAnswer } from '../../../../cores/tls/check/site-check.js';
import type { StartTls } from '../../../../cores/tls/starttls/start-tls.js';
import { TLS13 } from '../../../../cores/tls/registry/versions.js';
import { observationOf } from '../../../../cores/tls/observe.js';
import type { HandshakeTarget } from '../../../../cores/tls/observation.js';
import type { Clock } from '../../../../values/clock.js';
import { type Problem, problem } from '../../../../values/problems/problem.js';
import { err, type Result } from '../../../../values/result.js';
import { timedOut } from '../../dialing/connection-problem.js';
import { Deadline } from '../../dialing/deadline.js';
import type { Dialer } from '../../dialing/dialer.js';
import type { CheckTools } from './check-tools.js';
import { type Afterwards, talk, type Talked } from '../connection.js';
import type { HostLimits } from '../host-limits.js';
import type { Pacer } from './pace.js';
import { askPlainHttp, sayStartTls } from '../plain-talk.js';
import { whyStopped } from '../stopping.js';

export type QuestionerParts = {
  /** Its connections end when the check does. */
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly limits: HostLimits;
  readonly pacer: Pacer;
  readonly tools: CheckTools;
};
export type Questioned = {
  readonly target: HandshakeTarget;
  readonly startTls?: StartTls;
  /** Of HTTP. */
  readonly host: string;
};
export type Bounds = {
  readonly budget: number;
  /** For one connection, from the dialling to the last byte. */
  readonly connectionMs: number;
  /** Aborted: no question is asked any more. */
  readonly stopped: AbortSignal;
  readonly onConnection: (topic: Topic) => void;
};

/** A server that has something to say after the handshake says it at once: tickets, alerts, a greeting. */
const LISTEN_MS = 500;

export class Questioner {
  #used = 0;

  constructor(
    private readonly parts: QuestionerParts,
    private readonly server: Questioned,
    private readonly bounds: Bounds,
  ) {}

  get used(): number {
    return this.#used;
  }

  async ask(probe: Probe): Promise<Answer> {
    const { clock } = this.parts;
    const { target } = this.server;
    const asked = await this.#connection(probe.topic, () => this.#talk(probe));
    if (!asked.ok) {
      return { problem: asked.problem, observation: { at: clock.now(), target, steps: [], failure: asked.problem } };
    }
    const talked = asked.value;
    this.#mind(talked);
    const { seen, data, receivedAt } = talked;
    const cause = talked.problem ?? this.#unanswered(probe, talked);
    return {
      ...(seen && { seen }),
      ...(cause && { problem: cause }),
      ...(probe.afterwards && { data }),
      ...(receivedAt !== undefined && { receivedAt }),
      ...(probe.observed && { observation: observationOf(talked) }),
    };
  }

  /** `GET /` without TLS. */
  async askPlain(port: number): Promise<Result<HttpAnswer>> {
    const { host, target } = this.server;
    const where = { address: target.address, port };
    const { dialer, clock } = this.parts;
    const timeoutMs = this.bounds.connectionMs;
    const asked = await this.#connection('HTTP', async () => {
      const deadline = new Deadline(timeoutMs);
      const dialled = await dialer.connect(where, { timeoutMs });
      if (!dialled.ok) return dialled;
      try {
        return await askPlainHttp(dialled.value, { host, where, deadline, clock });
      } finally {
        dialled.value.destroy();
      }
    });
    return asked.ok ? asked.value : asked;
  }

  /** CHECK_BUDGET_SPENT, CHECK_STOPPED. */
  #connection<T>(topic: Topic, use: () => Promise<T>): Promise<Result<T>> {
    const { budget, stopped, onConnection } = this.bounds;
    return this.parts.limits.run(this.server.target.address, async () => {
      await this.parts.pacer.turn(stopped);
      if (stopped.aborted) return err(whyStopped(stopped));
      if (this.#used >= budget) return err(problem('CHECK_BUDGET_SPENT', { budget }));
      this.#used++;
      onConnection(topic);
      const value = await use();
      // What broke off because of it says nothing about the server.
      return stopped.aborted ? err(whyStopped(stopped)) : { ok: true, value };
    });
  }

  async #talk({ offer, until, afterwards }: Probe): Promise<Talked> {
    const { dialer, clock, tools } = this.parts;
    const { startTls, target } = this.server;
    const after = afterwards && { afterwards: this.#afterwards(afterwards) };
    const prepare = startTls && {
      prepare: (socket: Parameters<typeof sayStartTls>[0], deadline: Deadline) => sayStartTls(socket, startTls, target, deadline),
    };
    const means = { dialer, clock, tools: tools.for(until), timeoutMs: this.bounds.connectionMs };
    const talked = await talk({ target, offer: tools.aged(offer), until, ...after, ...prepare }, means);
    tools.keep(talked.seen?.tickets ?? []);
    return talked;
  }

  #afterwards(kind: NonNullable<Probe['afterwards']>): Afterwards {
    if (kind === 'GET') {
      const isEnough: Afterwards['isEnough'] = (_, data) => hasWholeHead(data);
      return { say: httpRequest(this.server.host), isEnough, forMs: this.bounds.connectionMs, maxBytes: MAX_HEADER_BYTES };
    }
    // Before TLS 1.3 all is said when the handshake is done.
    const isEnough: Afterwards['isEnough'] = (seen, data) =>
      seen.serverHello?.version !== TLS13 || seen.tickets.length > 0 || data.length > 0;
    return { isEnough, forMs: LISTEN_MS, maxBytes: MAX_HEADER_BYTES };
  }

  /** A GET that nothing came back for. */
  #unanswered({ afterwards }: Probe, { seen, data }: Talked): Problem | undefined {
    if (afterwards !== 'GET' || seen?.finished !== true || data.length > 0) return undefined;
    const { address, port } = this.server.target;
    const hungUp = seen.alerts.length > 0;
    const detail = 'without an answer to GET /';
    return hungUp ? problem('CONNECTION_CLOSED', { address, port, detail }) : timedOut({ address, port }, this.bounds.connectionMs);
  }

  #mind({ problem: cause, seen }: Talked): void {
    if (cause && BROKE_OFF.has(cause.code)) this.parts.pacer.stepBack();
    else if (seen?.serverHello) this.parts.pacer.goOn();
  }
}

const BROKE_OFF: ReadonlySet<string> = new Set(['CONNECTION_CLOSED', 'CONNECTION_REFUSED']);
