/** Several servers for a site: pools, further servers, who shows what since when, and members that get no visitors for a while. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/values/instant.js';
import { problem } from '../../src/values/problems/problem.js';
import { err } from '../../src/values/result.js';
import { Fleet, type Node } from '../support/fleet.js';
import { tellTheTruth } from '../support/lying.js';
import { waitFor } from '../support/suite/wait-for.js';
import { codesOf, idOf } from './every-mutation.js';

describe('several servers for a site', { timeout: 60_000 }, () => {
  let fleet: Fleet;
  let first: Node;
  let second: Node;
  let third: Node;
  beforeAll(async () => {
    fleet = await Fleet.start(3);
    [first, second, third] = fleet.nodes as [Node, Node, Node];
  });
  afterAll(() => fleet?.stop());

  const refused = err(problem('SERVER_REFUSED', { server: 'edge', detail: 'no' }));

  it('a pool: one order, shown by every member, to each of which the challenge was given; one that joins shows it, one that leaves no more', async () => {
    const presented: string[] = [];
    second.lies.presentChallenge = (real, name, path, body) => {
      presented.push(name);
      return real.presentChallenge(name, path, body);
    };
    const poolId = await fleet.pool([first, second], 'web');
    const shop = await fleet.site('shop.localhost', first);
    expect(presented).toContain('shop.localhost');
    tellTheTruth(second.lies);
    await fleet.isShownBy(shop.id, [first, second], shop.fingerprint);
    const { pool, site } = await fleet.app.asAdmin(
      `query ($id: ID!, $site: ID!) { pool(id: $id) { front { backend } servers { id pool { id } } }
         pools(first: 5) { nodes { id } } site(id: $site) { servers { id } security { state findings { address } } } }`,
      { id: poolId, site: shop.id },
    );
    expect(pool).toEqual({ front: { backend: 'web' }, servers: [first, second].map(({ id }) => ({ id, pool: { id: poolId } })) });
    expect(site.servers).toEqual([{ id: first.id }, { id: second.id }]);
    expect(site.security.state).toBe('SECURE');

    idOf(await fleet.do('joinPool', { serverId: third.id, poolId }));
    await fleet.isShownBy(shop.id, [first, second, third], shop.fingerprint);
    const watch = fleet.watch(second, shop.name);
    idOf(await fleet.do('leavePool', { serverId: first.id }));
    await fleet.isShownBy(shop.id, [second, third], shop.fingerprint);
    await waitFor('what it left to be gone', async () => {
      const inventory = await first.edge.installer.inventory();
      return inventory.ok && inventory.value.bindings.every(({ key }) => key.name !== shop.name);
    });
    expect(await watch.stop()).toMatchObject({ failures: [], shown: [shop.fingerprint] });
    const { site: moved } = await fleet.app.asAdmin('query ($id: ID!) { site(id: $id) { serverId } }', { id: shop.id });
    expect(moved.serverId).toBe(second.id);

    idOf(await fleet.do('leavePool', { serverId: third.id }));
    expect(codesOf(await fleet.do('leavePool', { serverId: second.id }))).toEqual(['POOL_LAST_SERVER']);
    const another = await fleet.pool([]);
    expect(codesOf(await fleet.do('joinPool', { serverId: second.id, poolId: another }))).toEqual(['SERVER_IN_POOL']);
    expect(codesOf(await fleet.do('leavePool', { serverId: third.id }))).toEqual(['WRONG_STATE']);
    idOf(await fleet.do('joinPool', { serverId: first.id, poolId }));
    await fleet.isShownBy(shop.id, [first, second], shop.fingerprint);
  });

  it('a member that is away holds up no order: the others take the challenge, and it follows when it is back', async () => {
    const away = err(problem('SERVER_UNREACHABLE', { server: 'edge', detail: 'away' }));
    second.lies.presentChallenge = () => Promise.resolve(away);
    second.lies.inventory = () => Promise.resolve(away);
    const site = await fleet.site('away.localhost', first);
    await waitFor(
      'the other to show it',
      async () => (await fleet.convergence(site.id)).filter(({ state }) => state === 'CONVERGED').length === 1,
    );
    tellTheTruth(second.lies);
    await fleet.wake('server.deploy', second.id);
    await fleet.isShownBy(site.id, [first, second], site.fingerprint);
  });

  it('a further server shows the site too, until it is taken from it; its home cannot be', async () => {
    const site = await fleet.site('further.localhost', first);
    await fleet.isShownBy(site.id, [first, second], site.fingerprint);
    idOf(await fleet.do('addSiteServer', { siteId: site.id, serverId: third.id }));
    await fleet.isShownBy(site.id, [first, second, third], site.fingerprint);
    expect(codesOf(await fleet.do('removeSiteServer', { siteId: site.id, serverId: first.id }))).toEqual(['HOME_SERVER']);
    idOf(await fleet.do('removeSiteServer', { siteId: site.id, serverId: third.id }));
    await fleet.isShownBy(site.id, [first, second], site.fingerprint);
    expect(codesOf(await fleet.do('removeSiteServer', { siteId: site.id, serverId: third.id }))).toEqual(['NOT_FOUND']);
  });

  it('half a front, a front that is no HAProxy, and servers of both sorts are refused by field', async () => {
    const make = (more: object) => fleet.do('createPool', { input: { name: 'x', ...more } });
    expect(await make({ frontBackend: 'web' })).toMatchObject({ type: 'InvalidInput', subject: 'frontBackend' });
    expect(await make({ frontBackend: 'web', frontServerId: first.id })).toMatchObject({ type: 'InvalidInput', subject: 'frontServerId' });
    const input = { name: 'mail', kind: 'DOVECOT' };
    const serverId = idOf(await fleet.do('registerServer', { input }));
    const poolId = await fleet.pool([third]);
    expect(await fleet.do('joinPool', { serverId, poolId })).toMatchObject({ type: 'InvalidInput', subject: 'serverId' });
  });

  it('a member that does not take a new certificate is named, since when and why; it gets no visitors until it does, and the others are not held up', async () => {
    const site = await fleet.site('lag.localhost', second);
    await fleet.isShownBy(site.id, [first, second], site.fingerprint);
    const before = (await fleet.convergence(site.id)).find(({ serverId }) => serverId === second.id)!;
    second.lies.stage = () => Promise.resolve(refused);
    const renewed = await fleet.order(site.id);
    const rows = await waitFor('the others to show the new one', async () => {
      const seen = await fleet.convergence(site.id);
      const lagging = seen.filter(({ state }) => state === 'LAGGING');
      return seen.filter(({ state }) => state === 'CONVERGED').length === 1 && lagging.some((row) => row.problem) && seen;
    });
    const lagging = rows.find(({ state }) => state === 'LAGGING')!;
    expect(lagging).toMatchObject({
      serverId: second.id,
      wanted: { fingerprint: renewed },
      shown: { fingerprint: site.fingerprint, since: before.shown!.since },
      problem: { code: 'SERVER_REFUSED' },
    });

    await fleet.pass(minutes(11), 'health.sweep');
    const lag = () => fleet.app.asAdmin('query ($id: ID!) { server(id: $id) { lag { since takenOutAt } } }', { id: second.id });
    await waitFor('it to be noticed', async () => {
      await fleet.wake('front.watch');
      return (await lag()).server.lag;
    });
    expect(fleet.haproxy.told).toEqual([]);
    fleet.app.clock.advance(minutes(5));
    await waitFor('it to be out', async () => {
      await fleet.wake('front.watch');
      return (await lag()).server.lag?.takenOutAt;
    });
    await waitFor('the front to be told', () => Promise.resolve(fleet.haproxy.told.length > 0));
    expect(new Set(fleet.haproxy.told)).toEqual(new Set(['takeOut web edge-1']));

    tellTheTruth(second.lies);
    fleet.app.clock.advance(minutes(16));
    await waitFor('it to take the certificate', async () => {
      await fleet.wake('server.sweep');
      return (await fleet.convergence(site.id)).every(({ state }) => state === 'CONVERGED');
    });
    await fleet.isShownBy(site.id, [first, second], renewed);
    await waitFor('it to be back', async () => {
      await fleet.wake('front.watch');
      return (await lag()).server.lag === null;
    });
    expect(fleet.haproxy.told.at(-1)).toBe('putBack web edge-1');
  });
});
