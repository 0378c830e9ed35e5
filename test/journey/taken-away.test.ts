/** What is not to be served any more is taken away, that is proven, and nothing else goes with it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PanelServer } from '../../src/panel-server.js';
import type { CertificateName } from '../../src/values/hostname.js';
import { hours } from '../../src/values/instant.js';
import { ok, unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import { freshKey } from '../support/app.js';
import { makeCa } from '../support/pki/certificates.js';
import { rows } from '../support/database.js';
import { handshake } from '../support/tls/handshake.js';
import { UnreliableWorld } from '../support/unreliable-world.js';
import { waitFor } from '../support/suite/wait-for.js';

describe('an address that the configuration names no more', { timeout: 60_000 }, () => {
  let world: UnreliableWorld;
  let site: Awaited<ReturnType<UnreliableWorld['securedSite']>>;
  let foreign: Awaited<ReturnType<Awaited<ReturnType<typeof makeCa>>['issue']>>;
  const second = () => world.edge.listeners[1]!;
  const place = () => ({ address: second().address, port: second().httpsPort });
  beforeAll(async () => {
    world = await UnreliableWorld.start({ env: { HOSTSEAL_ALLOW_ADDRESSES: '127.0.0.2' } });
    site = await world.securedSite('shop.localhost');
    await addSecondAddress();
    await waitFor('the site and the panel to be proven at both addresses', async () => {
      const [open] = await rows<{ n: string }>(world.app.database.url, 'SELECT count(*) AS n FROM deployments WHERE finished_at IS NULL');
      return (await servedAtSecond()).length === 2 && open!.n === '0';
    });
    foreign = await (await makeCa('Stranger')).issue({ names: ['foreign.localhost'] });
    await putForeignBinding();
  });
  afterAll(() => world?.stop());

  /** By hand; and from then on it is as if the configuration had named it. */
  async function addSecondAddress(): Promise<void> {
    const { servers } = await world.ask('{ servers(first: 1) { nodes { id } } }');
    const { address: ip, httpPort, httpsPort } = second();
    await world.ask(
      `mutation ($input: AddAddressInput!, $key: String!) { addAddress(input: $input, idempotencyKey: $key) { __typename } }`,
      { input: { serverId: servers.nodes[0].id, ip, httpPort, httpsPort }, key: freshKey() },
    );
  }
  /** Somebody else's, past the platform. */
  async function putForeignBinding(): Promise<void> {
    const [claim] = await rows<{ fence: string }>(world.app.database.url, `SELECT fence FROM claims WHERE resource LIKE 'server:%'`);
    const key = { ...place(), name: 'foreign.localhost' as CertificateName };
    const certificates = [{ fingerprint: foreign.fingerprint, chain: foreign.chainPem, key: Secret.of(foreign.keyPem) }];
    const { installer } = world.edge;
    const generation = unwrap(await installer.stage({ put: [{ key, certificates, route: 'NONE' }], remove: [] }, Number(claim!.fence)));
    unwrap(await installer.apply(generation, Number(claim!.fence)));
  }
  async function findings(): Promise<{ address: string; state: string }[]> {
    const { site: seen } = await world.ask(`query ($id: ID!) { site(id: $id) { security { findings { address state } } } }`, site);
    return seen.security.findings;
  }
  async function dropFromConfiguration(): Promise<void> {
    await rows(world.app.database.url, `UPDATE addresses SET configured = true WHERE ip = '127.0.0.2'`);
    unwrap(await world.app.nest.get(PanelServer).ensure(world.app.admin));
  }
  const shown = async (name: string) => (await handshake(place(), name)).fingerprint;
  const servedAtSecond = async () =>
    unwrap(await world.edge.installer.inventory()).bindings.flatMap(({ key }) => (key.address === '127.0.0.2' ? key.name : []));

  it('one that was added by hand stays', async () => {
    unwrap(await world.app.nest.get(PanelServer).ensure(world.app.admin));
    expect(await findings()).toHaveLength(2);
  });

  it('where the server says that it took the bindings away, and did not, that is seen, and tried again later', async () => {
    world.installer.apply = async () => ok(undefined);
    await dropFromConfiguration();
    const seen = await waitFor('the removal to end', async () => {
      const undone = (await world.deployments(site.name)).at(-1);
      return undone?.state === 'UNDONE' && undone;
    });
    expect(seen.problem).toMatchObject({ code: 'STILL_SERVED' });
    expect(seen.problem!.sub.map(({ code }) => code)).toContain('STILL_SERVED');
    expect(await shown(site.name)).toBe(site.fingerprint);
  });

  it('is left by all sites and no foreign binding, and a handshake proves it', async () => {
    await world.retryInTruth();
    await waitFor('the bindings to be taken away', async () => !(await servedAtSecond()).includes('shop.localhost' as CertificateName));
    const done = await waitFor('the deployment to end', async () => {
      const last = (await world.deployments(site.name)).at(-1);
      return last?.state === 'SERVED' && last;
    });
    expect(done.evidence.filter(({ name, occasion }) => name === site.name && occasion === 'AFTER')).toEqual([
      expect.objectContaining({ proven: true, fingerprint: expect.not.stringMatching(site.fingerprint) }),
    ]);
    expect(await servedAtSecond()).toEqual(['foreign.localhost']);
    expect(await shown('foreign.localhost')).toBe(foreign.fingerprint);
    expect(await shown(site.name)).not.toBe(site.fingerprint);
    expect(await findings()).toEqual([{ address: '127.0.0.1', state: 'SECURE' }]);
  });

  it('what somebody took away past the platform is put back when the server is next compared as a whole', async () => {
    const { address, httpsPort: port } = world.edge.listeners[0]!;
    const there = async () =>
      unwrap(await world.edge.installer.inventory()).bindings.some(({ key }) => key.name === site.name && key.address === address);
    const [claim] = await rows<{ fence: string }>(world.app.database.url, `SELECT fence FROM claims WHERE resource LIKE 'server:%'`);
    const change = { put: [], remove: [{ address, port, name: site.name as CertificateName }] };
    const generation = unwrap(await world.edge.installer.stage(change, Number(claim!.fence)));
    unwrap(await world.edge.installer.apply(generation, Number(claim!.fence)));
    expect(await there()).toBe(false);
    await world.pass(hours(1), 'server.sweep');
    await waitFor('it to be there again', there);
  });
});
