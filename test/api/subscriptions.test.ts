/** Subscriptions are answers that grow, on the one route and behind everything that stands before any other call. */
import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request from 'supertest';
import { MOST_STREAMS } from '../../src/graphql/subscriptions.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { rows } from '../support/database.js';
import { streamed } from '../support/event-stream.js';
import { waitFor } from '../support/suite/wait-for.js';
import { idOf, mutate } from './every-mutation.js';
import { plantTenants, type Tenants } from './tenants.js';

const FOLLOW = 'subscription ($id: ID!) { checkProgress(checkId: $id) { state } }';

describe('subscriptions', () => {
  let app: TestApp;
  let tenants: Tenants;
  let checkId: string;
  beforeAll(async () => {
    app = await startTestApp();
    await app.nest.listen(0, '127.0.0.1');
    tenants = await plantTenants(app);
    checkId = idOf(await mutate(app, tenants.alice.token, 'startCheck', { siteId: tenants.alice.siteId }));
  });
  afterAll(() => app?.close());

  const post = (token: string | undefined, query: string, accept: string, variables: object = { id: checkId }) => {
    const sent = request(app.nest.getHttpServer()).post('/graphql').set('accept', accept);
    return (token === undefined ? sent : sent.set('authorization', `Bearer ${token}`)).send({ query, variables });
  };
  const codeOf = (answer: request.Response) => answer.body.errors[0].extensions.code;

  /** One that stays open; resolves with its first bytes. */
  function open(token: string): Promise<{ status: number; outgoing: ClientRequest; incoming: IncomingMessage; text: () => string }> {
    const { port } = app.nest.getHttpServer().address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'content-type': 'application/json' };
      const outgoing = httpRequest({ host: '127.0.0.1', port, path: '/graphql', method: 'POST', headers, agent: false }, (incoming) => {
        let text = '';
        incoming.on('data', (bytes: Buffer) => {
          text += bytes.toString();
          resolve({ status: incoming.statusCode!, outgoing, incoming, text: () => text });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify({ query: FOLLOW, variables: { id: checkId } }));
    });
  }

  it('one is told the state at once, and nothing before it changes', async () => {
    const stream = await open(tenants.alice.token);
    expect(stream.text()).toBe('event: next\ndata: {"data":{"checkProgress":{"state":"WAITING"}}}\n\n');
    expect(stream.incoming.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    stream.outgoing.destroy();
  });

  it('without a token nobody is told anything', async () => {
    const answer = await post(undefined, FOLLOW, 'text/event-stream');
    expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('a client that cannot read a stream is told so', async () => {
    const answer = await post(tenants.alice.token, FOLLOW, 'application/json');
    expect([answer.status, codeOf(answer)]).toEqual([406, 'INVALID_INPUT']);
  });

  it.each([
    ['one that does not fit the schema', 'subscription { checkProgress { state } }', 'INVALID_INPUT'],
    [
      'one that costs too much',
      `subscription ($id: ID!) { checkProgress(checkId: $id) { site { ${'checks(first: 100) { nodes { site { '.repeat(2)} id ${'} } }'.repeat(2)} } } }`,
      'QUERY_TOO_COSTLY',
    ],
    [
      'two at once',
      'subscription ($id: ID!) { a: checkProgress(checkId: $id) { state } b: checkProgress(checkId: $id) { state } }',
      'INVALID_INPUT',
    ],
  ])('%s is refused before it begins', async (_, query, code) => {
    const answer = await post(tenants.alice.token, query, 'text/event-stream');
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
  });

  it('so is one without its variables', async () => {
    const answer = await post(tenants.alice.token, FOLLOW, 'text/event-stream', {});
    expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_INPUT']);
  });

  it('what is not there is told in the stream, which ends', async () => {
    const [event] = await streamed(app, tenants.ann.token, FOLLOW, { id: 'chk_01kh2a0000000000000000000z' });
    expect(event.errors[0].extensions.code).toBe('NOT_FOUND');
  });

  it('an account has ten open at most; one that is closed makes room', async () => {
    const streams = await Promise.all(
      Array.from({ length: MOST_STREAMS }, () => open(tenants.carl.token).catch((error: unknown) => error)),
    );
    // Carl is told in each that the check is none of his, and each is over: that holds no place.
    expect(streams).toHaveLength(MOST_STREAMS);
    const held = await Promise.all(Array.from({ length: MOST_STREAMS }, () => open(tenants.alice.token)));
    const full = await post(tenants.alice.token, FOLLOW, 'text/event-stream');
    expect([full.status, codeOf(full)]).toEqual([429, 'SUBSCRIPTION_LIMIT_REACHED']);
    expect((await open(tenants.ann.token)).status).toBe(200);
    held[0]!.outgoing.destroy();
    await waitFor('a place to be free', async () => {
      const again = await open(tenants.alice.token);
      held.push(again);
      return again.status === 200;
    });
    for (const { outgoing } of held) outgoing.destroy();
  });

  it('all are told the end of the check, and theirs', async () => {
    const streams = await Promise.all([open(tenants.ann.token), open(tenants.ann.token)]);
    const ends = streams.map(({ incoming }) => once(incoming, 'end'));
    await rows(app.database.url, 'UPDATE site_checks SET started_at = now(), finished_at = now() WHERE id = $1', [checkId]);
    await Promise.all(ends);
    for (const { text } of streams) {
      expect(text()).toContain('{"state":"FAILED"}');
      expect(text()).toMatch(/event: complete\ndata:\n\n$/);
    }
  });

  it('those that are open do not keep the service from stopping', async () => {
    const closing = await startTestApp({ database: app.database, vaultKeyLine: app.vaultKeyLine });
    await closing.nest.listen(0, '127.0.0.1');
    const { port } = closing.nest.getHttpServer().address() as AddressInfo;
    await rows(app.database.url, 'UPDATE site_checks SET finished_at = NULL WHERE id = $1', [checkId]);
    const headers = { authorization: `Bearer ${tenants.alice.token}`, accept: 'text/event-stream', 'content-type': 'application/json' };
    const ended = new Promise<string>((resolve, reject) => {
      const outgoing = httpRequest({ host: '127.0.0.1', port, path: '/graphql', method: 'POST', headers, agent: false }, (incoming) => {
        incoming.once('data', () => void closing.close({ keepDatabase: true }));
        incoming.once('end', () => resolve('ended'));
        incoming.once('error', reject);
        incoming.resume();
      });
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify({ query: FOLLOW, variables: { id: checkId } }));
    });
    expect(await ended).toBe('ended');
  });
});
