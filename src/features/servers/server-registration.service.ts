import { Inject, Injectable } from '@nestjs/common';
import { INSTALLERS, type Installers } from '../../adapters/installers/installer.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId } from '../../values/id.js';
import { about, problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { Access } from '../accounts/access.service.js';
import { parseNewServer, type NewServer, type Server, type ServerInput } from './server.js';
import { ServersStore } from './servers.store.js';

/** Makes servers known to the platform: those that a machine says it has, each of them once. */
@Injectable()
export class ServerRegistration {
  constructor(
    private readonly store: ServersStore,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(INSTALLERS) private readonly installers: Installers,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** SERVER_NOT_CONFIGURED, SERVER_REGISTERED. */
  async register(actor: Actor, input: ServerInput, key: string): Promise<Result<{ server: Server; replayed: boolean }>> {
    const command = parseNewServer(input);
    const allow = async ({ hostId }: NewServer): Promise<Result<unknown>> => {
      if (actor.kind !== 'ADMIN') return err(problem('NOT_ALLOWED', { needs: 'ADMIN' }));
      return hostId === undefined
        ? this.access.scope(actor, 'WRITE_SERVERS')
        : this.access.require(actor, 'WRITE_SERVERS', 'host', [hostId]);
    };
    const done = await this.mutations.run({ by: actor, action: 'server.register', key, input: command, allow }, async (tx, wanted) => {
      const { kind } = wanted;
      // What another machine has, its helper says when it is first asked.
      if (wanted.hostId === undefined && !this.installers.drives(wanted))
        return err(about('kind', problem('SERVER_NOT_CONFIGURED', { kind, name: wanted.nameOnHost })));
      const now = this.clock.now();
      const server: Server = { ...wanted, id: newId('server', now, this.random), accountId: actor.accountId, createdAt: now };
      const added = await this.store.insert(tx, server);
      return added ? ok(server.id) : err(about('kind', problem('SERVER_REGISTERED', { name: wanted.nameOnHost })));
    });
    if (!done.ok) return done;
    return ok({ server: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }
}
