/** Servers that hang do not hold up the others: each worker has four places for deployments, and more servers than that are dead. */
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change, Inventory, ServerInstaller } from '../../src/adapters/installers/installer.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import { newId } from '../../src/values/id.js';
import { problem } from '../../src/values/problems/problem.js';
import { err, ok, type Result } from '../../src/values/result.js';
import { startTestApp, systemRandom, type TestApp } from '../support/app.js';
import { rows } from '../support/database.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { addDomain, createSite, orderIs, placeOrder } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';

const SERVERS = 25;
const DEAD = 5;
const NAME = 'fleet.localhost';

/** Ends TLS in this process, for one name; shows what the last change put there. */
class ModelServer implements ServerInstaller {
  private readonly tls: Server = createServer((socket) => socket.on('error', () => socket.destroy()));
  private staged: Change = { put: [], remove: [] };
  private served: Inventory = { generation: 0, bindings: [] };

  async listen(address: string): Promise<number> {
    this.tls.on('tlsClientError', (_, socket) => socket.destroy());
    await new Promise<void>((resolve) => this.tls.listen(0, address, resolve));
    return (this.tls.address() as { port: number }).port;
  }
  close(): void {
    this.tls.close();
  }

  inventory = async (): Promise<Result<Inventory>> => ok(this.served);
  stage = async (change: Change) => {
    this.staged = change;
    return ok(this.served.generation + 1);
  };
  apply = async (generation: number) => {
    const [{ key, certificates }] = this.staged.put as [Change['put'][number]];
    this.tls.setSecureContext({ cert: certificates[0]!.chain, key: certificates[0]!.key.revealText() });
    this.served = { generation, bindings: [{ key, fingerprints: [certificates[0]!.fingerprint] }] };
    return ok(undefined);
  };
  capabilities = async () => ok({ software: 'model', version: '1', tlsLibrary: 'none', changesWithoutReload: true });
  test = async () => ok(undefined);
  undo = async () => ok(undefined);
  prune = async () => ok(undefined);
  presentChallenge = async () => ok(undefined);
  removeChallenge = async () => ok(undefined);
}

describe(`${SERVERS} servers, of which ${DEAD} say nothing`, { timeout: 120_000 }, () => {
  let edge: TestEdge;
  let app: TestApp;
  const models = Array.from({ length: SERVERS - DEAD }, () => new ModelServer());
  const hanging = new Set<(end: Result<never>) => void>();
  const silent = { inventory: () => new Promise<Result<never>>((resolve) => hanging.add(resolve)) } as unknown as ServerInstaller;

  beforeAll(async () => {
    edge = await startTestEdge();
    app = await startTestApp({
      edge,
      env: { HOSTSEAL_ALLOW_ADDRESSES: models.map((_, index) => `127.0.9.${index + 1}`).join(',') },
      installers: (usual) => ({
        drives: (place) => usual.drives(place),
        through: (host, server) => usual.through(host, server),
        of: (server) => {
          const [, number] = /^model-(\d+)$/.exec(server.nameOnHost) ?? [];
          return number === undefined ? usual.of(server) : ok(models[Number(number)] ?? silent);
        },
      }),
    });
  });
  afterAll(async () => {
    for (const end of hanging) end(err(problem('SERVER_UNREACHABLE', { server: 'model', detail: 'the end of the test' })));
    await app?.close();
    for (const model of models) model.close();
    await edge?.stop();
  });

  it(`the ${SERVERS - DEAD} others serve what they shall while those hang`, async () => {
    await addDomain(app.asAdmin);
    const siteId = await createSite(app.asAdmin, NAME);
    const { id: orderId } = await orderIs(app.asAdmin, await placeOrder(app.asAdmin, siteId), 'ISSUED');
    const made = async (kind: 'server' | 'address' | 'binding') => newId(kind, app.clock.now(), systemRandom);
    const servers: string[] = [];
    for (let index = SERVERS - 1; index >= 0; index--) {
      const ip = `127.0.9.${index + 1}`;
      const port = (await models[index]?.listen(ip)) ?? 1;
      const [serverId, addressId, bindingId] = [await made('server'), await made('address'), await made('binding')];
      // Past the API: fifty servers with a site and an order each would be a story of their own.
      await rows(
        app.database.url,
        `WITH s AS (INSERT INTO servers (id, account_id, name, kind, name_on_host, created_at)
             SELECT $1, account_id, $2, 'HAPROXY', $2, now() FROM sites WHERE id = $3),
           a AS (INSERT INTO addresses (id, server_id, ip, http_port, https_port) VALUES ($4, $1, $5, 1, $6))
         INSERT INTO bindings (id, account_id, site_id, server_id, address_id, ip, port, name, certificate_id, updated_at)
           SELECT $7, account_id, $3, $1, $4, $5, $6, $8, certificate_id, now() FROM orders WHERE id = $9`,
        [serverId, `model-${index}`, siteId, addressId, ip, port, bindingId, NAME, orderId],
      );
      servers.push(serverId);
    }
    // The dead ones first, so that they have all places before anybody else is heard.
    for (const id of servers) await app.nest.get(Jobs).send('server.deploy', { id });
    const proven = async () =>
      (
        await rows<{ n: string }>(
          app.database.url,
          `SELECT count(DISTINCT server_id) AS n FROM deployments WHERE state = 'SERVED' AND server_id = ANY($1)`,
          [servers],
        )
      )[0]?.n;
    await waitFor('the others to be proven', async () => Number(await proven()) === SERVERS - DEAD, 90_000);
    expect(hanging.size).toBe(DEAD);
  });
});
