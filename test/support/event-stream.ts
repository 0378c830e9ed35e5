/** A reader of GraphQL over server-sent events, which shares no code with src/. */
import request from 'supertest';
import type { TestApp } from './app.js';

// What a subscription answers is as it was asked for; a test looks at what it asked.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Event = any;

/** All events of a subscription, until the server completes it. Fails where the answer is no stream. */
export async function streamed(
  app: TestApp,
  token: string | undefined,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Event[]> {
  const post = request(app.nest.getHttpServer()).post('/graphql').set('accept', 'text/event-stream');
  if (token !== undefined) post.set('authorization', `Bearer ${token}`);
  const answer = await post.buffer(true).send({ query, variables });
  if (answer.status !== 200 || !answer.headers['content-type']?.startsWith('text/event-stream'))
    throw new Error(`no stream: ${answer.status} ${answer.text}`);
  return eventsIn(answer.text);
}

/** Fails where it is not the shape of the protocol, or is not complete. */
function eventsIn(text: string): Event[] {
  const blocks = text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'));
  if (blocks.pop() !== 'event: complete\ndata:') throw new Error(`not complete: ${text.slice(-200)}`);
  return blocks.map((block) => {
    const [, data] = /^event: next\ndata: (.*)$/.exec(block) ?? [];
    if (data === undefined) throw new Error(`no event: ${block}`);
    return JSON.parse(data);
  });
}
