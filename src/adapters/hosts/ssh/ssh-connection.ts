/**
 * The way to one host: one connection, opened by the first call, shared by all, ended when nobody has called for a while, and opened
 * again by the next call where it broke. A host that could not be reached is left alone for a while: its callers hear why at once.
 */
import type { Client } from 'ssh2';
import type { Clock } from '../../../values/clock.js';
import { instant, minutes, plus, seconds, type Instant } from '../../../values/instant.js';
import type { Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { Limit } from '../../limit.js';
import type { HelperReply, HelperRequest } from '../helper-client.js';
import type { SshAccess } from '../hosts.js';
import { askThrough, type CallLimits } from './ask-through.js';
import { openSession, type SessionOptions } from './open-session.js';

/**
 * sshd allows ten sessions of a connection unless it is told otherwise (MaxSessions), and frees those that were closed only after it has
 * read what came with that: five that end and five that begin may be counted together.
 */
const CHANNELS = 5;
/** Longer than a deployment's steps are apart, and short enough for a machine that is driven once a day. */
const IDLE_MS = 60_000;
const LONGEST_REST = minutes(1);

export type ConnectionOptions = SessionOptions & CallLimits & { readonly clock: Clock };

export class SshConnection {
  readonly #channels = new Limit(CHANNELS);
  #session: Promise<Result<Client>> | undefined;
  #failures = 0;
  #resting: { readonly until: Instant; readonly problem: Problem } | undefined;
  #calls = 0;
  #idle: AbortSignal | undefined;

  constructor(
    readonly access: SshAccess,
    private readonly options: ConnectionOptions,
  ) {}

  ask(helper: string, request: HelperRequest): Promise<Result<HelperReply>> {
    return new Promise((answer, fail) => {
      const session = async () => {
        const asked = await this.#while((client) => askThrough(client, helper, request, this.options));
        answer(asked.ok ? asked.value.reply : asked);
        if (asked.ok) await asked.value.ended;
      };
      this.#channels.run(session).catch(fail);
    });
  }

  greet(): Promise<Result<void>> {
    return this.#while(async () => ok(undefined));
  }

  close(): void {
    const session = this.#session;
    this.#session = undefined;
    void session?.then((opened) => opened.ok && opened.value.destroy());
  }

  async #while<T>(work: (client: Client) => Promise<Result<T>>): Promise<Result<T>> {
    if (this.#idle) this.#idle.onabort = null;
    this.#calls++;
    try {
      const session = await this.#opened();
      return session.ok ? await work(session.value) : session;
    } finally {
      if (--this.#calls === 0) {
        this.#idle = AbortSignal.timeout(IDLE_MS);
        this.#idle.onabort = () => this.close();
      }
    }
  }

  #opened(): Promise<Result<Client>> {
    if (this.#session) return this.#session;
    if (this.#resting && isWithin(this.options.clock.now(), this.#resting.until)) return Promise.resolve(err(this.#resting.problem));
    const session = openSession(this.options, this.access);
    this.#session = session;
    void session.then((opened) => this.#opening(session, opened));
    return session;
  }

  #opening(session: Promise<Result<Client>>, opened: Result<Client>): void {
    const forget = () => {
      if (this.#session === session) this.#session = undefined;
    };
    if (opened.ok) {
      this.#failures = 0;
      this.#resting = undefined;
      opened.value.once('close', forget);
    } else {
      forget();
      const rest = Math.min(seconds(2 ** this.#failures++), LONGEST_REST);
      this.#resting = { until: instant(this.options.clock.now() + rest), problem: opened.problem };
    }
  }
}

/** A clock that is set back must not make it rest for longer. */
const isWithin = (now: Instant, until: Instant): boolean => now < until && until <= plus(now, LONGEST_REST);
