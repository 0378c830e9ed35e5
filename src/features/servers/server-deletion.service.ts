import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { parseId, type Id } from '../../values/id.js';
import { about, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { Mutations, type Done } from '../../platform/mutations/mutations.service.js';
import { Access } from '../accounts/access.service.js';
import { Dependents } from '../accounts/dependents.service.js';
import { ServersStore } from './servers.store.js';

/** Takes servers and addresses away, where nothing depends on them. */
@Injectable()
export class ServerDeletion {
  constructor(
    private readonly store: ServersStore,
    private readonly access: Access,
    private readonly dependents: Dependents,
    private readonly mutations: Mutations,
    @Inject(QUEUE) private readonly queue: Queue,
  ) {}

  /** SERVER_IN_USE names what depends on it: sites, its pool, what of ours is still laid down there. */
  async deleteServer(actor: Actor, serverId: string, key: string): Promise<Result<Done>> {
    const id = parseId('server', serverId);
    const input = id.ok ? id : err(about('serverId', id.problem));
    const allow = (wanted: Id<'server'>) => this.access.require(actor, 'WRITE_SERVERS', 'server', [wanted]);
    return this.mutations.run({ by: actor, action: 'server.delete', key, input, allow, takesAway: true }, async (tx, wanted) => {
      await this.store.lock(tx, wanted, { share: false });
      const allowed = await this.dependents.allow(tx, 'server', wanted, { code: 'SERVER_IN_USE', even: false });
      if (!allowed.ok) return allowed;
      await this.store.delete(tx, wanted);
      return ok(wanted);
    });
  }

  /** ADDRESS_IN_USE names what is to be answered there. WRONG_STATE for one that the configuration names. */
  async removeAddress(actor: Actor, addressId: string, { evenIfServed }: { evenIfServed: boolean }, key: string): Promise<Result<Done>> {
    const id = parseId('address', addressId);
    const input = id.ok ? ok({ id: id.value, evenIfServed }) : err(about('addressId', id.problem));
    const allow = (wanted: { id: Id<'address'> }) => this.access.require(actor, 'WRITE_SERVERS', 'address', [wanted.id]);
    const mutation = { by: actor, action: 'server.removeAddress', key, input, allow, takesAway: true } as const;
    return this.mutations.run(mutation, async (tx, wanted) => {
      const address = (await this.store.addressesByIds([wanted.id], tx)).get(wanted.id);
      if (!address) return err(problem('NOT_FOUND', { what: 'address' }, { subject: wanted.id }));
      await this.store.lock(tx, address.serverId, { share: false });
      const configured = await this.store.configuredAddresses(address.serverId);
      if (configured.some((each) => each.id === wanted.id))
        return err(problem('WRONG_STATE', { state: 'named by the configuration', needs: 'added by hand' }, { subject: wanted.id }));
      const allowed = await this.dependents.allow(tx, 'address', wanted.id, { code: 'ADDRESS_IN_USE', even: wanted.evenIfServed });
      if (!allowed.ok) return allowed;
      await this.store.deleteAddresses(tx, [wanted.id]);
      await this.queue.send('addresses.changed', { id: address.serverId }, { tx });
      return ok(wanted.id);
    });
  }
}
