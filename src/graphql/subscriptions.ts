/**
 * Subscriptions as server-sent events on the one route, behind all that stands before any call: the answer to `POST /graphql` with
 * `Accept: text/event-stream` (rfcs/GraphQLOverSSE.md of graphql/graphql-over-http, "distinct connections mode"). An event `next` has a
 * result as data; `complete` is the last.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { createSourceEventStream, execute, GraphQLError, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { problem, type Problem } from '../values/problems/problem.js';

/** At once, of an account. A browser tab with a check open has one. */
export const MOST_STREAMS = 10;
/** At once, of this process. Each is a connection and a place among the edge's requests. */
const MOST_IN_ALL = 500;
/** Milliseconds. Whoever wants to see more asks again, with a token that is looked at again. */
const LONGEST = 300_000;
/** Milliseconds between signs of life: far below the silence after which a proxy gives up. */
const ALIVE_EVERY = 15_000;

export type Subscribing = {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly variableValues: Record<string, unknown>;
  readonly operationName: string | undefined;
  /** Made anew for each event: what was looked up for one may be otherwise at the next. */
  readonly context: () => object;
  /** What the caller is told of an error. */
  readonly tell: (error: GraphQLError) => GraphQLError;
};

/** The streams that are open. They end with the server: nothing else would let it close. */
export class Streams {
  private readonly held = new Map<string, Set<EventStream>>();
  private inAll = 0;

  constructor(app: FastifyInstance) {
    app.addHook('preClose', async () => {
      for (const streams of this.held.values()) for (const stream of streams) stream.stop();
    });
  }

  /** SUBSCRIPTION_LIMIT_REACHED where the account, or the process, has too many open. */
  refusal(accountId: string): Problem | undefined {
    const ofAccount = this.held.get(accountId)?.size ?? 0;
    if (ofAccount < MOST_STREAMS && this.inAll < MOST_IN_ALL) return undefined;
    return problem('SUBSCRIPTION_LIMIT_REACHED', { limit: MOST_STREAMS });
  }

  open(accountId: string, reply: FastifyReply, subscribing: Subscribing): FastifyReply {
    const stream = new EventStream(reply.raw);
    this.held.set(accountId, (this.held.get(accountId) ?? new Set()).add(stream));
    this.inAll++;
    const alive = setInterval(() => stream.showLife(), ALIVE_EVERY);
    const late = setTimeout(() => stream.end(), LONGEST);
    stream.body.once('close', () => {
      clearInterval(alive);
      clearTimeout(late);
      this.leave(accountId, stream);
    });
    void feed(stream, subscribing).catch((error: unknown) => stream.body.destroy(error as Error));
    return reply.code(200).type('text/event-stream; charset=utf-8').send(stream.body);
  }

  private leave(accountId: string, stream: EventStream): void {
    const ofAccount = this.held.get(accountId);
    ofAccount?.delete(stream);
    this.inAll--;
    if (ofAccount?.size === 0) this.held.delete(accountId);
  }
}

/**
 * The body of an answer that grows. Whoever reads slowly is told less, never kept for: the source waits until there is room. Whoever reads nothing
 * is cut off, in the middle of the body: nobody can take that for the end of what there was to tell.
 */
class EventStream {
  private waiting: (() => void)[] = [];
  private over = false;
  /** There was no room at the last sign of life, nor since. */
  private stuck = false;
  readonly body = new Readable({ read: () => this.wake() });

  constructor(private readonly answer: FastifyReply['raw']) {
    answer.on('drain', () => (this.stuck = false));
    this.body.once('close', () => {
      this.over = true;
      this.wake();
    });
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Resolves when there is room for more. */
  async say(text: string): Promise<void> {
    if (this.over || this.body.push(text)) return;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Where there has been no room since the one before, the end. */
  showLife(): void {
    const isFull = this.answer.writableNeedDrain;
    if (isFull && this.stuck) this.answer.destroy();
    else if (!isFull) void this.say(':\n\n');
    this.stuck = isFull;
  }

  /** All that wait: a sign of life may, beside an event. */
  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    this.body.push(null);
  }

  /** At once: an end for which there is no room would keep the connection, and with it the service that wants to stop. */
  stop(): void {
    if (this.answer.writableNeedDrain) this.answer.destroy();
    else this.end();
  }
}

async function feed(stream: EventStream, subscribing: Subscribing): Promise<void> {
  const { schema, document, variableValues, operationName, context, tell } = subscribing;
  const asked = { schema, document, variableValues, operationName };
  const told = ({ data, errors }: ExecutionResult) =>
    `event: next\ndata: ${JSON.stringify({ ...(data !== undefined && { data }), ...(errors && { errors: errors.map(tell) }) })}\n\n`;
  const source = await createSourceEventStream({ ...asked, contextValue: context() });
  if (!(Symbol.asyncIterator in source)) await stream.say(told(source));
  else {
    const events = source[Symbol.asyncIterator]();
    stream.body.once('close', () => void events.return?.());
    for (let event = await events.next(); !event.done && !stream.isOver; event = await events.next()) {
      await stream.say(told(await execute({ ...asked, rootValue: event.value, contextValue: context() })));
    }
  }
  await stream.say('event: complete\ndata:\n\n');
  stream.end();
}
