import request from 'supertest';
import { afterAll, beforeAll, it } from 'vitest';
import { startTestApp, type TestApp } from '../test/support/app.js';
import { startTestEdge, type TestEdge } from '../test/support/edge.js';
import { addDomain, createSite } from '../test/support/story.js';
import { inTurns, print } from './figure.js';

let edge: TestEdge;
let app: TestApp;
beforeAll(async () => {
  edge = await startTestEdge();
  app = await startTestApp({ edge, work: false, env: { HOSTSEAL_RATE_LIMIT: '1000000' } });
  await addDomain(app.asAdmin);
});
afterAll(async () => {
  await app?.close();
  await edge?.stop();
});

it('queries over HTTP', async () => {
  const live = () => request(app.nest.getHttpServer()).get('/health/live');
  const peer = 'the same Fastify without GraphQL, access and database';
  const me = await inTurns(300, () => app.asAdmin('{ me { id name } }'), live);
  print('query { me }', 'ms', me.ours, { name: peer, samples: me.peer });
  for (let n = 0; n < 100; n++) await createSite(app.asAdmin, `site${n}.localhost`);
  const list = await inTurns(100, () => app.asAdmin('{ sites(first: 100) { nodes { id names security { state } } } }'), live);
  print('100 sites with their security', 'ms', list.ours, { name: peer, samples: list.peer });
});
