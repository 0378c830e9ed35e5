/** What is served never gets worse: a stranger connects in a loop while everything goes wrong that can, and never sees it. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problem } from '../../src/values/problems/problem.js';
import { err, ok, unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import { makeCa } from '../support/pki/certificates.js';
import { smallDisk, type SmallDisk } from '../support/suite/small-disk.js';
import { createSite, placeOrder, orderIs } from '../support/story.js';
import { tellTheTruth } from '../support/lying.js';
import { UnreliableWorld } from '../support/unreliable-world.js';
import { waitFor } from '../support/suite/wait-for.js';
import type { Watch } from '../support/tls/watch.js';

describe('while an installation goes wrong, the old certificate is served', { timeout: 90_000 }, () => {
  let world: UnreliableWorld;
  let disk: SmallDisk | undefined;
  let neighbour: Watch;
  let stories = 0;
  let site: Awaited<ReturnType<UnreliableWorld['securedSite']>>;
  let watch: Watch;

  beforeAll(async () => {
    disk = await smallDisk();
    world = await UnreliableWorld.start({ edgeHome: disk && join(disk.path, 'edge'), edgeTimeoutMs: 2_000 });
    const { name } = await world.securedSite('neighbour.localhost');
    neighbour = world.watch(name, 20);
  });
  afterAll(async () => {
    await neighbour?.stop();
    await world?.stop();
    await disk?.remove();
  });
  beforeEach(async () => {
    site = await world.securedSite(`shop${++stories}.localhost`);
    watch = world.watch(site.name);
  });
  afterEach(async () => {
    tellTheTruth(world.installer);
    await watch.stop();
  });

  /** The change came to nothing, for this cause at this step, and the old certificate is there; when the fault is gone, so is the new one. */
  async function isTakenBackAndTriedAgain(ended: { state: string; step: string; code: string; whoActs: string }): Promise<void> {
    const order = await world.orderFor(site.id);
    const [before] = await world.deployments(site.name);
    const deployment = await world.ends(site.name, before!.id);
    const failed = deployment.timeline.find((event) => event.problem !== null);
    expect({ state: deployment.state, step: failed?.step, code: deployment.problem?.code, whoActs: deployment.problem?.whoActs }).toEqual(
      ended,
    );
    if (ended.state === 'UNDONE')
      expect(deployment.evidence.filter(({ occasion, name }) => occasion === 'UNDONE' && name === site.name)).toEqual([
        expect.objectContaining({ proven: true, fingerprint: site.fingerprint }),
      ]);
    await world.retryInTruth();
    await world.isServed(site.name, order.certificate!.fingerprint);
    await waitFor('the new certificate to be seen', () => Promise.resolve(watch.shown.at(-1) === order.certificate!.fingerprint));
    expect((await watch.stop()).shown).toEqual([site.fingerprint, order.certificate!.fingerprint]);
  }

  const nobodySawIt = () => {
    expect(watch.failures).toEqual([]);
    expect(neighbour.failures).toEqual([]);
  };

  /** What was rehearsed is not what is swapped in. */
  const swapInAnother = async () => {
    const stranger = await makeCa().then((ca) => ca.issue({ names: [site.name] }));
    const certificates = [{ fingerprint: stranger.fingerprint, chain: stranger.chainPem, key: Secret.of(stranger.keyPem) }];
    world.installer.apply = async (real, generation, fence) => {
      const served = unwrap(await real.inventory()).bindings.find((binding) => binding.key.name === site.name);
      await real.undo(generation, fence);
      await real.stage({ put: [{ key: served!.key, certificates, route: 'NONE' }], remove: [] }, fence);
      return real.apply(generation, fence);
    };
  };

  it('the key does not match the certificate', async () => {
    const { keyPem } = await makeCa().then((ca) => ca.issue({ names: [site.name] }));
    world.installer.stage = (real, { put, remove }, fence) => {
      const swapped = put.map((binding) => ({
        ...binding,
        certificates: binding.certificates.map((files) => ({ ...files, key: Secret.of(keyPem) })),
      }));
      return real.stage({ put: swapped, remove }, fence);
    };
    await isTakenBackAndTriedAgain({ state: 'UNDONE', step: 'rehearse', code: 'SERVER_CONFIG_REFUSED', whoActs: 'HOSTSEAL' });
    nobodySawIt();
  });

  it("the server's own test refuses the change", async () => {
    world.installer.test = async () => err(problem('SERVER_CONFIG_REFUSED', { server: 'edge', detail: 'no' }));
    await isTakenBackAndTriedAgain({ state: 'UNDONE', step: 'rehearse', code: 'SERVER_CONFIG_REFUSED', whoActs: 'HOSTSEAL' });
    nobodySawIt();
  });

  it('the server refuses to swap', async () => {
    world.installer.apply = async () => err(problem('SERVER_REFUSED', { server: 'edge', detail: 'no' }));
    await isTakenBackAndTriedAgain({ state: 'UNDONE', step: 'apply', code: 'SERVER_REFUSED', whoActs: 'ADMIN' });
    nobodySawIt();
  });

  it('the server says that it swapped, and did not', async () => {
    world.installer.apply = async () => ok(undefined);
    await isTakenBackAndTriedAgain({ state: 'UNDONE', step: 'prove', code: 'SERVES_WRONG_CERTIFICATE', whoActs: 'HOSTSEAL' });
    nobodySawIt();
  });

  it('the disk is full while the change is staged', async (context) => {
    if (!disk) return context.skip('a small file system of its own cannot be mounted here');
    const { fill } = disk;
    world.installer.stage = async (real, change, fence) => {
      const makeRoom = await fill();
      const staged = await real.stage(change, fence);
      await makeRoom();
      return staged;
    };
    await isTakenBackAndTriedAgain({ state: 'REFUSED', step: 'stage', code: 'SERVER_DISK_FULL', whoActs: 'ADMIN' });
    nobodySawIt();
  });

  it('the server rehearses the change and swaps in another, which is taken back as soon as it is seen', async () => {
    await swapInAnother();
    await isTakenBackAndTriedAgain({ state: 'UNDONE', step: 'prove', code: 'SERVES_WRONG_CERTIFICATE', whoActs: 'HOSTSEAL' });
    expect(neighbour.failures).toEqual([]);
  });

  it('and where the old state cannot be brought back, that is said at once, and healed by the next try', async () => {
    await swapInAnother();
    world.installer.undo = async () => ok(undefined);
    await isTakenBackAndTriedAgain({ state: 'STUCK', step: 'prove', code: 'UNDO_FAILED', whoActs: 'ADMIN' });
    expect(neighbour.failures).toEqual([]);
  });

  it('the server is killed as it swaps: nobody is shown a wrong certificate, and when it is back the change is finished', async () => {
    let killed = false;
    world.installer.apply = async (real, generation, fence) => {
      if (!killed) await world.edge.kill();
      killed = true;
      return real.apply(generation, fence);
    };
    const order = await world.orderFor(site.id);
    await waitFor('the server to be killed', () => Promise.resolve(killed));
    await world.edge.start();
    await world.wake('server.sweep');
    await world.isServed(site.name, order.certificate!.fingerprint);
    const { failures } = await watch.stop();
    expect(failures.filter((message) => !/ECONNREFUSED|ECONNRESET|disconnected/.test(message))).toEqual([]);
    await neighbour.stop();
    neighbour = world.watch('neighbour.localhost', 20);
  });

  it('the server hangs as it swaps, for longer than it is waited for, and the change is finished when it goes on', async () => {
    const pid = await world.edge.pid();
    let unanswered = 0;
    world.installer.apply = async (real, generation, fence) => {
      if (unanswered === 0) process.kill(pid, 'SIGSTOP');
      const applied = await real.apply(generation, fence);
      if (!applied.ok) unanswered++;
      return applied;
    };
    const order = await world.orderFor(site.id);
    await waitFor('it to be given up for now', () => Promise.resolve(unanswered > 0));
    process.kill(pid, 'SIGCONT');
    await world.wake('server.sweep');
    await world.isServed(site.name, order.certificate!.fingerprint);
    nobodySawIt();
  });

  it('a server whose machine shows another key than the pinned one serves on what it did, and is waited for', async () => {
    let refused = 0;
    const changed = problem('HOST_KEY_CHANGED', {
      server: 'edge',
      address: '192.0.2.1',
      port: 22,
      pinned: 'SHA256:a',
      offered: 'SHA256:b',
    });
    world.installer.apply = async (real, generation, fence) => (refused++ === 0 ? err(changed) : real.apply(generation, fence));
    const order = await world.orderFor(site.id);
    await waitFor('it to be refused', () => Promise.resolve(refused > 0));
    await world.wake('server.sweep');
    await world.isServed(site.name, order.certificate!.fingerprint);
    nobodySawIt();
  });

  it('one site that cannot be installed does not hold up those that come with it', async () => {
    const { keyPem } = await makeCa().then((ca) => ca.issue({ names: [site.name] }));
    const good = await createSite(world.ask, 'good.localhost');
    world.installer.inventory = async () => err(problem('SERVER_UNREACHABLE', { server: 'edge', detail: 'not yet' }));
    world.installer.stage = (real, { put, remove }, fence) => {
      const swapped = put.map((binding) =>
        binding.key.name === site.name
          ? { ...binding, certificates: binding.certificates.map((files) => ({ ...files, key: Secret.of(keyPem) })) }
          : binding,
      );
      return real.stage({ put: swapped, remove }, fence);
    };
    const [bad, fine] = await Promise.all([
      world.orderFor(site.id),
      placeOrder(world.ask, good).then((id) => orderIs(world.ask, id, 'ISSUED')),
    ]);
    await waitFor(
      'both to be bound',
      async () =>
        (await world.bound(good)) === fine.certificate!.fingerprint && (await world.bound(site.id)) === bad.certificate!.fingerprint,
    );
    delete world.installer.inventory;
    await world.wake('server.sweep');
    await world.isServed('good.localhost', fine.certificate!.fingerprint);
    expect((await world.ends(site.name)).problem?.code).toBe('SERVER_CONFIG_REFUSED');
    expect(watch.shown).toEqual([site.fingerprint]);
    await world.retryInTruth();
    await world.isServed(site.name, bad.certificate!.fingerprint);
    nobodySawIt();
  });
});
