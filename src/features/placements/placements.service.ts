import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { plus, type Instant } from '../../values/instant.js';
import { endpointText } from '../../values/ip-address.js';
import { ok, type Result } from '../../values/result.js';
import { Dependents, dependsOnIt } from '../accounts/dependents.service.js';
import { installAgainAfter } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import { plan, type Plan, type PlannedRemoval } from './plan.js';
import { PlacementsStore } from './placements.store.js';

/** What of ours is on the servers, and what there differs from what shall be served. */
@Injectable()
export class Placements {
  constructor(
    private readonly store: PlacementsStore,
    private readonly installers: ServerInstallers,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
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

  /** Undefined where the server shows what it shall, as far as it can be changed now. */
  async planFor(serverId: string): Promise<Result<Plan | undefined>> {
    const installer = await this.installers.of(serverId);
    if (!installer.ok) return installer;
    const inventory = await installer.value.inventory();
    if (!inventory.ok) return inventory;
    const bindings = await this.bindings.ofServer(serverId);
    const certificates = await this.certificates.byIds([...new Set(bindings.map((binding) => binding.certificateId))]);
    const planned = plan(bindings, certificates, await this.store.ofServer(serverId), inventory.value.bindings, this.clock.now());
    return ok(planned.changes.length + planned.removals.length > 0 ? planned : undefined);
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
