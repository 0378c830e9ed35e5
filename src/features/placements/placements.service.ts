import { Inject, Injectable } from '@nestjs/common';
import type { Installer } from '../../adapters/installers/installer.js';
import type { Tx } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { plus, type Instant } from '../../values/instant.js';
import { endpointText } from '../../values/ip-address.js';
import { ok, type Result } from '../../values/result.js';
import { Dependents, dependsOnIt } from '../accounts/dependents.service.js';
import { certificateIdsOf, installAgainAfter, placeOf, type Binding } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Comparisons } from '../bindings/comparisons.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { MOST_CHANGES } from '../servers/server.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import { Servers } from '../servers/servers.service.js';
import { plan, settledAmong, thereAmong, type Known, type Placement, type Plan, type PlannedRemoval } from './plan.js';
import { PlacementsStore } from './placements.store.js';

/** Bindings and placements compared at once where a server is compared as a whole: what is in memory does not grow with it. */
const PAGE = 500;

/** What of ours is on the servers, and what there differs from what shall be served. */
@Injectable()
export class Placements {
  constructor(
    private readonly store: PlacementsStore,
    private readonly servers: Servers,
    private readonly installers: ServerInstallers,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly comparisons: Comparisons,
    @Inject(CLOCK) private readonly clock: Clock,
    dependents: Dependents,
  ) {
    dependents.register({
      on: 'server',
      dependents: async (tx, id, limit) =>
        (await store.some(tx, id, limit)).map(({ name, address, port }) => ({
          cause: dependsOnIt(id, `What was laid down for ${name} at ${endpointText({ address, port })} was not taken away yet.`),
          goesAlong: false,
        })),
    });
  }

  /**
   * Undefined where the server shows what it shall, as far as it can be changed now. Reads what is known to differ, and asks the server
   * about that alone; only a server that is due is compared as a whole.
   */
  async planFor(serverId: string): Promise<Result<Plan | undefined>> {
    const installer = await this.installers.of(serverId);
    if (!installer.ok) return installer;
    const server = (await this.servers.byIds([serverId])).get(serverId);
    if (!server) return ok(undefined);
    const most = MOST_CHANGES[server.kind];
    const known = await this.planKnown(serverId, installer.value, most);
    if (!known.ok || known.value) return known;
    const asked = await this.comparisons.due(serverId);
    if (asked === undefined) return known;
    const compared = await this.compare(serverId, installer.value);
    if (!compared.ok) return compared;
    await this.comparisons.made(serverId, asked);
    return this.planKnown(serverId, installer.value, most);
  }

  private async planKnown(serverId: string, installer: Installer, most: number): Promise<Result<Plan | undefined>> {
    for (;;) {
      const now = this.clock.now();
      const bindings = await this.bindings.unsettled(serverId, most);
      const placements = await this.store.leaving(serverId, now, most);
      const known = await this.known(installer, bindings, placements);
      if (!known.ok) return known;
      const planned = plan(known.value, now, most);
      if (planned.changes.length + planned.removals.length > 0) return ok(planned);
      const settled = settledAmong(known.value);
      const there = new Set(thereAmong(placements, known.value.installed));
      await this.store.gone(
        serverId,
        placements.filter((placement) => !there.has(placement)),
      );
      if (settled.length === 0) return ok(undefined);
      await this.bindings.settle(settled);
    }
  }

  /** Notes what differs from what the server shows, and what is there still that nobody wants. */
  private async compare(serverId: string, installer: Installer): Promise<Result<void>> {
    for (let after = ''; ;) {
      const bindings = await this.bindings.pageOfServer(serverId, after, PAGE);
      const known = await this.known(installer, bindings, []);
      if (!known.ok) return known;
      const settled = new Set(settledAmong(known.value));
      await this.bindings.unsettle(bindings.filter((binding) => !settled.has(binding)));
      if (bindings.length < PAGE) break;
      after = bindings.at(-1)!.id;
    }
    for (let after: Placement | undefined; ;) {
      const unwanted = await this.store.unwanted(serverId, after, PAGE);
      const known = await this.known(installer, [], unwanted);
      if (!known.ok) return known;
      await this.store.leave(serverId, thereAmong(unwanted, known.value.installed));
      if (unwanted.length < PAGE) return ok(undefined);
      after = unwanted.at(-1);
    }
  }

  /** Beside what the server shows at these places. */
  private async known(installer: Installer, bindings: readonly Binding[], placements: readonly Placement[]): Promise<Result<Known>> {
    const keys = [...bindings.map(placeOf), ...placements].map(({ address, port, name }) => ({ address, port, name }));
    if (keys.length === 0) return ok({ bindings, placements, certificates: new Map(), installed: [] });
    const inventory = await installer.inventory(keys);
    if (!inventory.ok) return inventory;
    const certificates = await this.certificates.byIds([...new Set(bindings.flatMap(certificateIdsOf))]);
    return ok({ bindings, placements, certificates, installed: inventory.value.bindings });
  }

  /** Before anything is done: what a worker that dies leaves on the server is known to be ours. */
  async begin(tx: Tx, serverId: string, { changes }: Plan): Promise<void> {
    await this.store.insert(tx, serverId, changes);
  }

  /** What was put there is served, and what was to be taken away is gone: proven both. */
  async served(tx: Tx, serverId: string, { changes, removals }: Plan): Promise<void> {
    await this.store.prove(tx, serverId, changes);
    await this.store.delete(tx, serverId, removals);
  }

  /** All was taken back: what was never proven there is not ours, whoever's it may be. */
  async takenBack(tx: Tx, serverId: string, { changes }: Plan): Promise<void> {
    await this.store.deleteUnproven(tx, serverId, changes);
  }

  /** Its removal failed: it is tried again later. */
  async refuse(tx: Tx, serverId: string, removal: PlannedRemoval): Promise<void> {
    const attempts = (await this.store.attemptsAt(tx, serverId, removal)) + 1;
    await this.store.refuse(tx, serverId, removal, { attempts, retryAt: plus(this.clock.now(), installAgainAfter(attempts)) });
  }

  serversDue(now: Instant): Promise<readonly string[]> {
    return this.store.serversDue(now);
  }
}
