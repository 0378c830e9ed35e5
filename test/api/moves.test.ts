/** A site moves from one server to another: made there before it is broken here, and not one handshake fails on the way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hours, minutes } from '../../src/values/instant.js';
import { problem } from '../../src/values/problems/problem.js';
import { err, unwrap } from '../../src/values/result.js';
import { startDns, type DnsServer } from '../support/acme/dns-server.js';
import { Fleet, type Node } from '../support/fleet.js';
import { tellTheTruth } from '../support/lying.js';
import { addDomain } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';
import { codesOf, idOf } from './every-mutation.js';

describe('moves', { timeout: 60_000 }, () => {
  let dns: DnsServer;
  let fleet: Fleet;
  let first: Node;
  let second: Node;
  beforeAll(async () => {
    dns = await startDns({});
    fleet = await Fleet.start(2, { env: { HOSTSEAL_DNS_SERVERS: dns.server } });
    [first, second] = fleet.nodes as [Node, Node];
    await addDomain(fleet.app.asAdmin, 'example.test');
  });
  afterAll(async () => {
    await fleet?.stop();
    await dns?.stop();
  });

  const moveOf = async (id: string) => {
    const query = 'query ($id: ID!) { site(id: $id) { serverId servers { id } move { state leftSince } } }';
    return (await fleet.app.asAdmin(query, { id })).site;
  };
  const moveIs = (id: string, state: string) => waitFor(`the move to be ${state}`, async () => (await moveOf(id)).move?.state === state);
  const isGoneAt = (node: Node, name: string) =>
    waitFor('it to be gone', async () => unwrap(await node.edge.installer.inventory()).bindings.every(({ key }) => key.name !== name));

  it('shown at both before the home is switched, and at the old one until the move is finished; strangers at either never meet a failure', async () => {
    const site = await fleet.site('moving.localhost', first);
    await fleet.isShownBy(site.id, [first], site.fingerprint);
    const old = fleet.watch(first, site.name);
    idOf(await fleet.do('moveSite', { siteId: site.id, serverId: second.id }));
    await moveIs(site.id, 'DRAINING');
    const fresh = fleet.watch(second, site.name);
    expect(await moveOf(site.id)).toMatchObject({ serverId: second.id, servers: [{ id: second.id }, { id: first.id }] });
    expect(codesOf(await fleet.do('moveSite', { siteId: site.id, serverId: first.id }))).toEqual(['MOVE_UNDER_WAY']);
    expect(codesOf(await fleet.do('cancelMove', { siteId: site.id }))).toEqual(['WRONG_STATE']);
    await fleet.isShownBy(site.id, [first, second], site.fingerprint);
    await waitFor('both to have looked', () => Promise.resolve(old.handshakes > 10 && fresh.handshakes > 10));
    expect(await old.stop()).toMatchObject({ failures: [], shown: [site.fingerprint] });
    idOf(await fleet.do('finishMove', { siteId: site.id }));
    await isGoneAt(first, site.name);
    await fleet.isShownBy(site.id, [second], site.fingerprint);
    expect(await fresh.stop()).toMatchObject({ failures: [], shown: [site.fingerprint] });
    expect((await moveOf(site.id)).move.state).toBe('DONE');
  });

  it('a server that does not take it never becomes its home, and the move can be cancelled', async () => {
    const site = await fleet.site('stays.localhost', first);
    await fleet.isShownBy(site.id, [first], site.fingerprint);
    second.lies.stage = () => Promise.resolve(err(problem('SERVER_REFUSED', { server: 'edge', detail: 'no' })));
    idOf(await fleet.do('moveSite', { siteId: site.id, serverId: second.id }));
    await waitFor('it to have been tried', async () =>
      (await fleet.convergence(site.id)).some((row) => row.problem?.code === 'SERVER_REFUSED'),
    );
    expect(await moveOf(site.id)).toMatchObject({ serverId: first.id, move: { state: 'PREPARING' } });
    expect(codesOf(await fleet.do('finishMove', { siteId: site.id }))).toEqual(['WRONG_STATE']);
    idOf(await fleet.do('cancelMove', { siteId: site.id }));
    tellTheTruth(second.lies);
    expect(await moveOf(site.id)).toMatchObject({ serverId: first.id, servers: [{ id: first.id }], move: { state: 'CANCELLED' } });
    await fleet.isShownBy(site.id, [first], site.fingerprint);
    expect(codesOf(await fleet.do('moveSite', { siteId: site.id, serverId: first.id }))).toEqual(['WRONG_STATE']);
  });

  it('the old server is left by itself, when the name has led to the new one alone for 48 hours; one look elsewhere begins them anew', async () => {
    const name = 'led.example.test';
    const { address } = first.edge.listeners[0]!;
    dns.zone.set(name, [address, '192.0.2.7']);
    // Nothing is issued for it: where nothing is shown, there is nothing to prove.
    const { createSite: made } = await fleet.app.asAdmin(
      `mutation { createSite(input: { names: ["${name}"], serverId: "${first.id}" }, idempotencyKey: "a-led-site") { ... on CreateSiteSuccess { site { id } } } }`,
    );
    const id = made.site.id as string;
    idOf(await fleet.do('moveSite', { siteId: id, serverId: second.id }));
    await moveIs(id, 'DRAINING');
    const sweep = async (what: string, fact: (move: { state: string; leftSince: string | null }) => boolean) =>
      waitFor(what, async () => {
        await fleet.wake('move.sweep');
        return fact((await moveOf(id)).move);
      });
    expect((await moveOf(id)).move.leftSince).toBeNull();
    dns.zone.set(name, [address]);
    fleet.app.clock.advance(minutes(11));
    await sweep('it to be led to the new one', ({ leftSince }) => leftSince !== null);
    dns.zone.set(name, ['192.0.2.7']);
    fleet.app.clock.advance(minutes(11));
    await sweep('it to be led elsewhere', ({ leftSince }) => leftSince === null);
    dns.zone.set(name, [address]);
    fleet.app.clock.advance(minutes(11));
    await sweep('it to be led to the new one again', ({ leftSince }) => leftSince !== null);
    fleet.app.clock.advance(hours(49));
    await sweep('it to be done', ({ state }) => state === 'DONE');
    expect(await moveOf(id)).toMatchObject({ serverId: second.id, servers: [{ id: second.id }] });
  });
});
