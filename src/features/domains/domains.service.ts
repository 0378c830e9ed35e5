import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { Hostname } from '../../values/hostname.js';
import { newId, parseId } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { DomainClaims } from './domain-claims.service.js';
import { nameAndAbove, parseNewDomain, type Domain, type DomainInput, type HeldName, type NewDomain } from './domain.js';
import { DomainsStore } from './domains.store.js';

/** Domains, and who holds them. */
@Injectable()
export class Domains implements OwnershipLoader {
  readonly kind = 'domain';

  constructor(
    private readonly store: DomainsStore,
    private readonly claims: DomainClaims,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    access.register(this);
  }

  async add(actor: Actor, input: DomainInput, key: string): Promise<Result<{ domain: Domain; replayed: boolean }>> {
    const command = parseNewDomain(input, actor.accountId);
    const allow = ({ accountId }: NewDomain) => this.access.require(actor, 'WRITE_SITES', 'account', [accountId]);
    const done = await this.mutations.run({ by: actor, action: 'domain.add', key, input: command, allow }, async (tx, wanted) => {
      const claimed = await this.claims.claim(tx, actor, wanted);
      if (!claimed.ok) return claimed;
      const now = this.clock.now();
      const domain: Domain = { ...wanted, id: newId('domain', now, this.random), createdAt: now };
      await this.store.insert(tx, domain);
      return ok(domain.id);
    });
    if (!done.ok) return done;
    return ok({ domain: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  /** For each name the nearest domain that it is within, whoever holds it; names that nobody holds are not in the map. */
  async holdersOf(names: readonly Hostname[], tx?: Tx): Promise<ReadonlyMap<Hostname, Domain>> {
    const candidates = [...new Set(names.flatMap(nameAndAbove))];
    const domains = new Map((await this.store.byNames(candidates, tx)).map((domain) => [domain.name, domain]));
    return new Map(
      names.flatMap((name) => {
        const nearest = nameAndAbove(name).find((above) => domains.has(above));
        return nearest === undefined ? [] : [[name, domains.get(nearest)!] as const];
      }),
    );
  }

  /** Those with one label more than one of these names: what a wildcard for it would stand for. */
  oneBelow(names: readonly Hostname[], tx?: Tx): Promise<readonly HeldName[]> {
    return this.store.oneBelow(names, tx);
  }

  /** Those that are at or above one of these names. */
  atOrAbove(names: readonly Hostname[]): Promise<readonly HeldName[]> {
    return this.store.heldAmong([...new Set(names.flatMap(nameAndAbove))]);
  }

  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Domain>> {
    return this.store.byIds(ids);
  }

  async one(actor: Actor, id: string): Promise<Result<Domain>> {
    const parsed = parseId('domain', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'domain', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  /** Those of the actor and of all accounts below. */
  async page(actor: Actor, request: Result<PageRequest>): Promise<Result<Page<Domain>>> {
    if (!request.ok) return request;
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pageBelow(actor.accountPath, request.value)) : allowed;
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }
}
