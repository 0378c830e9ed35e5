/** A stream that is not read holds up nobody else, is not kept in memory, and does not stay. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Streams } from '../../src/graphql/subscriptions.js';
import { waitFor } from '../support/suite/wait-for.js';

/** 50 MB in all: the buffers of a connection hold a fifth of that at most, with the operating system's on both sides. */
const EVENTS = 200;
const TEXT = 'x'.repeat(256 * 1024);
/** Milliseconds, in which there are several signs of life. */
const A_WHILE = 60_000;

describe('a stream of events', () => {
  let app: FastifyInstance;
  let told: Map<string, number>;
  let ended: string[];
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    [told, ended] = [new Map(), []];
    app = Fastify();
    const streams = new Streams(app);
    app.post<{ Params: { reader: string } }>('/:reader', ({ params: { reader } }, reply) =>
      streams.open(reader, reply, {
        ...{ schema, document, variableValues: { reader }, operationName: undefined },
        ...{ context: () => ({}), tell: (error) => error },
      }),
    );
    await app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await app.close();
  });

  const document = parse('subscription ($reader: String!) { news(reader: $reader) }');
  const reader = { type: new GraphQLNonNull(GraphQLString) };
  const news = { type: GraphQLString, args: { reader }, subscribe: (_: unknown, args: { reader: string }) => tell(args.reader) };
  const query = new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLString } } });
  const schema = new GraphQLSchema({ query, subscription: new GraphQLObjectType({ name: 'Subscription', fields: { news } }) });
  async function* tell(to: string) {
    try {
      for (let count = 1; count <= EVENTS; count++) {
        told.set(to, count);
        yield { news: TEXT };
      }
    } finally {
      ended.push(to);
    }
  }

  /** A connection that asked; nothing is read before somebody does. */
  function asked(by: string): net.Socket {
    const { port } = app.server.address() as AddressInfo;
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(`POST /${by} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    return socket;
  }
  async function readAll(socket: net.Socket): Promise<string> {
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part));
    await once(socket, 'close');
    return Buffer.concat(parts).toString();
  }
  const isWhole = (text: string) => text.includes('event: complete') || text.endsWith('0\r\n\r\n');

  it('that nobody reads is told no more than there is room for, while others are told everything, and is cut off', async () => {
    const slow = asked('slow');
    await waitFor('it to be told something', async () => told.get('slow'));
    const text = await readAll(asked('quick'));
    expect(text.split('event: next').length - 1).toBe(EVENTS);
    expect(isWhole(text)).toBe(true);

    await waitFor('it to be cut off', async () => {
      vi.advanceTimersByTime(A_WHILE);
      return ended.includes('slow');
    });
    expect(told.get('slow')).toBeLessThan(EVENTS / 2);
    expect(isWhole(await readAll(slow))).toBe(false);
  });

  it('that nobody reads does not keep the service from stopping', async () => {
    const slow = asked('slow');
    await waitFor('there to be no more room', async () => {
      const before = told.get('slow');
      return before !== undefined && before > 8;
    });
    await app.close();
    await waitFor('it to be over', async () => ended.includes('slow'));
    expect(isWhole(await readAll(slow))).toBe(false);
  });
});
