/** One probe over one open connection: the handshake as far as it is wanted, and what is said after it. */
import type net from 'node:net';
import { hasWholeHead, httpRequest, MAX_HEADER_BYTES } from '../../../cores/tls/check/http-answer.js';
import type { Answer, Probe } from '../../../cores/tls/check/probe.js';
import type { ClientTools } from '../../../cores/tls/client/client-tools.js';
import type { Resumption } from '../../../cores/tls/client/resumption.js';
import { TlsClient } from '../../../cores/tls/client/tls-client.js';
import { alertName } from '../../../cores/tls/registry/alerts.js';
import { TLS13 } from '../../../cores/tls/registry/versions.js';
import type { Observation } from '../../../cores/tls/observation.js';
import type { Clock } from '../../../values/clock.js';
import type { IpAddress } from '../../../values/ip-address.js';
import { type Problem, problem } from '../../../values/problems/problem.js';
import type { Random } from '../../../values/random.js';
import { Deadline } from '../deadline.js';
import { makeClientTools } from './client-tools.js';
import { converse } from './connection.js';

type Talk = { readonly address: IpAddress; readonly port: number; readonly host: string; readonly deadline: Deadline };

/** A server that has something to say after the handshake says it at once: tickets, alerts, a greeting. */
const LISTEN_MS = 500;

/** For one check: keys are kept for connections on which nothing is said, and the times at which tickets came. */
export class Talker {
  readonly #fresh: ClientTools;
  readonly #reused: ClientTools;
  readonly #cameAt = new WeakMap<Resumption, number>();

  constructor(
    random: Random,
    private readonly clock: Clock,
  ) {
    this.#fresh = makeClientTools({ random });
    this.#reused = makeClientTools({ random, reuseKeyShares: true });
  }

  async talk(socket: net.Socket, probe: Probe, { host, deadline, ...where }: Talk): Promise<Answer> {
    const { until, afterwards } = probe;
    const tools = until === 'FINISHED' ? this.#fresh : this.#reused;
    const client = new TlsClient(this.#aged(probe.offer), tools, until);
    socket.write(client.start());
    const broken = await converse(socket, client, { where, deadline, enough: () => client.done });
    const talked =
      client.seen.finished && afterwards === 'GET'
        ? await this.#get(socket, client, { host, where, deadline })
        : client.seen.finished && afterwards === 'LISTEN'
          ? await this.#listen(socket, client, { where })
          : {};
    const { seen } = client;
    for (const { resumption } of seen.tickets) this.#cameAt.set(resumption, performance.now());
    if (!socket.destroyed) socket.write(client.close());
    const cause = seen.failure ? failureProblem(seen.failure, where) : (broken ?? talked.problem);
    const observation: Observation = { at: this.clock.now(), target: where, steps: [], ...(cause ? { failure: cause } : {}) }; // TEMP
    return { ...talked, seen, ...(cause && { problem: cause }), observation };
  }

  async #get(socket: net.Socket, client: TlsClient, { host, where, deadline }: Said): Promise<Answer> {
    socket.write(client.send(httpRequest(host)));
    let data: Uint8Array = Buffer.alloc(0);
    const enough = () => {
      data = Buffer.concat([data, client.takeData()]);
      return hasWholeHead(data) || data.length > MAX_HEADER_BYTES || isOver(client);
    };
    const cause = await converse(socket, client, { where, deadline, enough });
    return { data, receivedAt: this.clock.now(), ...(cause && { problem: cause }) };
  }

  /** Before TLS 1.3 all is said by then. */
  async #listen(socket: net.Socket, client: TlsClient, { where }: Pick<Said, 'where'>): Promise<Answer> {
    if (client.seen.serverHello?.version !== TLS13) return {};
    let data: Uint8Array = Buffer.alloc(0);
    const enough = () => {
      data = Buffer.concat([data, client.takeData()]);
      return data.length > 0 || client.seen.tickets.length > 0 || isOver(client);
    };
    await converse(socket, client, { where, deadline: new Deadline(LISTEN_MS), enough });
    return { data, receivedAt: this.clock.now() };
  }

  #aged(offer: Probe['offer']): Probe['offer'] {
    const { resume } = offer;
    if (resume?.kind !== 'PSK') return offer;
    return { ...offer, resume: { ...resume, ageMs: Math.round(performance.now() - (this.#cameAt.get(resume) ?? performance.now())) } };
  }
}
type Said = { readonly host: string; readonly where: { readonly address: string; readonly port: number }; readonly deadline: Deadline };

const isOver = ({ seen }: TlsClient): boolean => seen.failure !== undefined || seen.alerts.some(({ code }) => code === 0);

function failureProblem(failure: NonNullable<Answer['seen']>['failure'] & {}, where: Said['where']): Problem {
  if (failure.kind === 'ALERT') return problem('TLS_ALERT', { ...where, alert: alertName(failure.code) });
  return problem('TLS_PROTOCOL_ERROR', { ...where, detail: failure.kind });
}
