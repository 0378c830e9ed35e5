import { Inject, Injectable } from '@nestjs/common';
import { ED25519_SEED_BYTES, ed25519KeyPair } from '../../cores/ssh/ed25519-key.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { Vault } from '../../platform/vault/vault.service.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId } from '../../values/id.js';
import { endpointText } from '../../values/ip-address.js';
import { about, problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import { parseNewHost, parsePin, type Host, type HostInput, type PinInput } from './host.js';
import { HostsStore } from './hosts.store.js';

type Made = { host: Host; replayed: boolean };

/** Makes hosts known, and their keys. Talks to none of them. */
@Injectable()
export class HostRegistration {
  constructor(
    private readonly store: HostsStore,
    private readonly access: Access,
    private readonly mutations: Mutations,
    private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** NAME_IN_USE where there is one at that address and port for that user. */
  async register(actor: Actor, input: HostInput, key: string): Promise<Result<Made>> {
    const command = parseNewHost(input);
    const allow = async () =>
      actor.kind === 'ADMIN' ? this.access.scope(actor, 'WRITE_SERVERS') : err(problem('NOT_ALLOWED', { needs: 'ADMIN' }));
    const done = await this.mutations.run({ by: actor, action: 'host.register', key, input: command, allow }, async (tx, wanted) => {
      const now = this.clock.now();
      const { publicKey, privateKey } = ed25519KeyPair(this.random.bytes(ED25519_SEED_BYTES));
      const keyItemId = await this.vault.seal(tx, 'SSH_KEY', privateKey);
      const seen = { hostKey: null, state: 'UNKNOWN', stateAt: now, problem: null } as const;
      const id = newId('host', now, this.random);
      const host: Host = { ...wanted, ...seen, id, accountId: actor.accountId, publicKey, keyItemId, createdAt: now };
      if (await this.store.insert(tx, host)) return ok(host.id);
      return err(about('address', problem('NAME_IN_USE', { name: `${wanted.user}@${endpointText(wanted)}` })));
    });
    return done.ok ? this.made(done.value) : done;
  }

  /** From then on it is used, and refused with any other key; what was pinned before counts no more. */
  async pin(actor: Actor, input: PinInput, key: string): Promise<Result<Made>> {
    const command = parsePin(input);
    const allow = ({ hostId }: { hostId: string }) => this.access.require(actor, 'WRITE_SERVERS', 'host', [hostId]);
    const done = await this.mutations.run(
      { by: actor, action: 'host.pin', key, input: command, allow },
      async (tx, { hostId, hostKey }) => {
        const host = (await this.store.lock(tx, hostId))!;
        await this.store.write(tx, { ...host, hostKey, state: 'UNKNOWN', stateAt: this.clock.now(), problem: null });
        return ok(hostId);
      },
    );
    return done.ok ? this.made(done.value) : done;
  }

  private async made({ id, replayed }: { id: string; replayed: boolean }): Promise<Result<Made>> {
    return ok({ host: (await this.store.byIds([id])).get(id)!, replayed });
  }
}
