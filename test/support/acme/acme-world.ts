/** The application with its own jobs over a real edge, the local CA, and a Pebble that can be reached through a front that tampers. */
import { AcmeIssuer } from '../../../src/adapters/issuers/acme/acme.issuer.js';
import type { FaultPoints } from '../../../src/platform/fault-points.js';
import { idOf, mutate } from '../../api/every-mutation.js';
import { untilSecure } from '../../api/tenants.js';
import { directoryOf } from '../../contract/issuers/acme.fixture.js';
import { startFront, type Front } from './acme-front.js';
import { startTestApp, TestClock, type TestApp } from '../app.js';
import { startTestEdge, type TestEdge } from '../edge.js';
import { MemoryMemberState } from '../memory-member-state.js';
import { loopbackDialer } from '../network.js';
import { startPebble, type Pebble } from './pebble.js';

/** Through the front, and past it. */
export const FRONTED = 'acme-fronted';
export const DIRECT = 'acme-direct';

export type AcmeWorld = {
  readonly app: TestApp;
  readonly pebble: Pebble;
  readonly front: Front;
  /** A site below acme.test with a certificate of FRONTED, proven. */
  securedSite(): Promise<{ siteId: string; certificateId: string }>;
  stop(): Promise<void>;
};

export async function startAcmeWorld(faults?: FaultPoints): Promise<AcmeWorld> {
  const edge: TestEdge = await startTestEdge();
  const pebble = await startPebble({ httpPort: edge.listeners[0]!.httpPort });
  const front = await startFront(pebble);
  const clock = new TestClock();
  const common = { clock, dialer: loopbackDialer(), timeoutMs: 10_000 };
  const fronted = { id: FRONTED, url: front.directoryUrl, httpsRoots: [front.httpsRoot] };
  const app = await startTestApp({
    ...{ edge, clock, faults, env: { HOSTSEAL_DNS_SERVERS: pebble.dns.server } },
    issuers: (usual) => [
      ...usual,
      new AcmeIssuer({ ...common, directory: directoryOf(pebble, fronted), state: new MemoryMemberState() }),
      new AcmeIssuer({ ...common, directory: directoryOf(pebble, { id: DIRECT }), state: new MemoryMemberState() }),
    ],
  });
  idOf(await mutate(app, app.adminToken, 'setProductIssuer', { input: { product: 'dv', issuerId: FRONTED } }));
  for (const name of ['acme.test', 'localhost']) idOf(await mutate(app, app.adminToken, 'addDomain', { input: { name } }));
  let sites = 0;
  return {
    ...{ app, pebble, front },
    securedSite: async () => {
      const siteId = idOf(await mutate(app, app.adminToken, 'createSite', { input: { names: [`s${++sites}.acme.test`] } }));
      idOf(await mutate(app, app.adminToken, 'placeOrder', { input: { siteId } }));
      await untilSecure(app, siteId);
      const { site } = await app.asAdmin('query ($id: ID!) { site(id: $id) { latestOrder { certificate { id } } } }', { id: siteId });
      return { siteId, certificateId: site.latestOrder.certificate.id as string };
    },
    stop: async () => {
      await app.close();
      await front.stop();
      await pebble.stop();
      await edge.stop();
    },
  };
}
