/** Taking things away: what depends on them is named, and what was served is gone afterwards, proven. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../src/values/result.js';
import { rows } from '../support/database.js';
import { Fleet, type Node } from '../support/fleet.js';
import { placeOrder } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';
import { codesOf, idOf, mutate } from './every-mutation.js';
import { plantMember } from './tenants.js';

describe('taking away', { timeout: 60_000 }, () => {
  let fleet: Fleet;
  let first: Node;
  let second: Node;
  beforeAll(async () => {
    fleet = await Fleet.start(2);
    [first, second] = fleet.nodes as [Node, Node];
  });
  afterAll(() => fleet?.stop());

  const installed = async ({ edge }: Node) => unwrap(await edge.installer.inventory()).bindings.map(({ key }) => String(key.name));
  const isGoneAt = (node: Node, name: string) => waitFor('it to be gone', async () => !(await installed(node)).includes(name));

  it('a site: refused while an order is under way, and where it is served unless that goes along; its name is free then, and its orders stay', async () => {
    const site = await fleet.site('gone.localhost', first);
    idOf(await fleet.do('addSiteServer', { siteId: site.id, serverId: second.id }));
    await fleet.isShownBy(site.id, [first, second], site.fingerprint);
    const refusal = await fleet.do('deleteSite', { siteId: site.id, evenIfServed: false });
    expect(refusal).toMatchObject({ type: 'Conflict', code: 'SITE_IN_USE', subject: site.id });
    expect(refusal.sub?.map(({ code, message }) => `${code} ${message}`)).toEqual(
      [first, second].map(({ edge }) => {
        const { address, httpsPort } = edge.listeners[0]!;
        return `DEPENDS_ON_IT gone.localhost is to be answered at ${address}:${httpsPort}.`;
      }),
    );
    // One that never ends by itself: its names do not resolve for the CA.
    await rows(
      fleet.app.database.url,
      `UPDATE orders SET state = 'PLACED', finished_at = NULL, wake_at = now() + interval '1 day' WHERE site_id = '${site.id}'`,
    );
    expect(codesOf(await fleet.do('deleteSite', { siteId: site.id, evenIfServed: true }))).toEqual(['ORDER_UNDER_WAY']);
    await rows(fleet.app.database.url, `UPDATE orders SET state = 'ISSUED', finished_at = now() WHERE site_id = '${site.id}'`);

    const key = 'delete-the-site';
    const remove = () => mutate(fleet.app, fleet.app.adminToken, 'deleteSite', { siteId: site.id, evenIfServed: true }, key);
    expect(await remove()).toMatchObject({ id: site.id, replayed: false });
    expect(await remove()).toMatchObject({ id: site.id, replayed: true });
    for (const node of [first, second]) await isGoneAt(node, site.name);
    await waitFor('nothing of it to be laid down', async () => {
      return (await rows(fleet.app.database.url, `SELECT 1 FROM placements WHERE name = '${site.name}'`)).length === 0;
    });
    expect((await fleet.app.call(fleet.app.adminToken, '{ site(id: "' + site.id + '") { id } }')).errors?.[0]?.extensions['code']).toBe(
      'NOT_FOUND',
    );
    const { orders, siteByName } = await fleet.app.asAdmin(
      `{ orders(first: 50) { nodes { site { id names deletedAt } } } siteByName(name: "${site.name}") { id } }`,
    );
    expect(siteByName).toBeNull();
    expect(orders.nodes).toContainEqual({ site: { id: site.id, names: [site.name], deletedAt: expect.any(String) } });
    await expect(placeOrder(fleet.app.asAdmin, site.id)).rejects.toThrow('NOT_FOUND');
    const again = await fleet.site(site.name, first);
    await fleet.isShownBy(again.id, [first], again.fingerprint);
  });

  it('a server: refused with its sites, its pool and what stands behind it; then it is forgotten', async () => {
    const site = await fleet.site('held.localhost', first);
    idOf(await fleet.do('addSiteServer', { siteId: site.id, serverId: second.id }));
    await fleet.isShownBy(site.id, [first, second], site.fingerprint);
    const refusal = await fleet.do('deleteServer', { serverId: second.id });
    expect(refusal).toMatchObject({ type: 'Conflict', code: 'SERVER_IN_USE' });
    expect(refusal.sub?.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        expect.stringContaining(site.id),
        expect.stringContaining('laid down'),
        expect.stringContaining('to be answered'),
      ]),
    );
    idOf(await fleet.do('removeSiteServer', { siteId: site.id, serverId: second.id }));
    await waitFor(
      'nothing to keep it',
      async () => (await fleet.do('deleteServer', { serverId: second.id })).type === 'DeleteServerSuccess',
    );
    const { servers } = await fleet.app.asAdmin('{ servers(first: 20) { nodes { id } } }');
    expect(JSON.stringify(servers)).not.toContain(second.id);
    await fleet.pool([], 'web');
    expect(codesOf(await fleet.do('deleteServer', { serverId: fleet.haproxy.id }))).toEqual(['DEPENDS_ON_IT']);
  });

  it('an address: refused where sites are answered; the configuration’s own never', async () => {
    const { address: ip, httpPort, httpsPort } = first.edge.listeners[1]!;
    const addressId = idOf(await fleet.do('addAddress', { input: { serverId: first.id, ip, httpPort, httpsPort } }));
    const site = await fleet.site('two.localhost', first);
    const places = async () => (await fleet.convergence(site.id)).map(({ address, state }) => `${address} ${state}`);
    await waitFor('both to show it', async () => (await places()).join() === '127.0.0.1 CONVERGED,127.0.0.2 CONVERGED');
    expect(await fleet.do('removeAddress', { addressId, evenIfServed: false })).toMatchObject({ type: 'Conflict', code: 'ADDRESS_IN_USE' });
    idOf(await fleet.do('removeAddress', { addressId, evenIfServed: true }));
    await waitFor('one to be left', async () => (await places()).join() === '127.0.0.1 CONVERGED');
    const { server } = await fleet.app.asAdmin(`{ server(id: "${first.id}") { addresses { id } } }`);
    expect(await fleet.do('removeAddress', { addressId: server.addresses[0].id, evenIfServed: true })).toMatchObject({
      code: 'WRONG_STATE',
    });
    expect(await fleet.do('removeAddress', { addressId, evenIfServed: true })).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('a domain: refused while sites have names within it; the panel’s own site is never deleted', async () => {
    const domainId = idOf(await fleet.do('addDomain', { input: { name: 'given-up.example' } }));
    const siteId = idOf(await fleet.do('createSite', { input: { names: ['www.given-up.example'] } }));
    const refusal = await fleet.do('removeDomain', { domainId });
    expect(refusal).toMatchObject({ type: 'Conflict', code: 'DOMAIN_IN_USE', sub: [{ code: 'DEPENDS_ON_IT', subject: siteId }] });
    idOf(await fleet.do('deleteSite', { siteId, evenIfServed: false }));
    idOf(await fleet.do('removeDomain', { domainId }));
    const { token } = await plantMember(fleet.app, fleet.app.adminToken, 'CUSTOMER', 'Next');
    idOf(await mutate(fleet.app, token, 'addDomain', { input: { name: 'given-up.example' } }));
    await rows(
      fleet.app.database.url,
      `UPDATE sites SET route = 'PANEL' WHERE id IN (SELECT site_id FROM site_names WHERE name = 'two.localhost')`,
    );
    const { siteByName } = await fleet.app.asAdmin('{ siteByName(name: "two.localhost") { id } }');
    expect(codesOf(await fleet.do('deleteSite', { siteId: siteByName.id, evenIfServed: true }))).toEqual(['DEPENDS_ON_IT']);
  });
});
