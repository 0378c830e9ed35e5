import { Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { parseId, type Id } from '../../values/id.js';
import { about } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Mutations, type Done } from '../../platform/mutations/mutations.service.js';
import { Access } from '../accounts/access.service.js';
import { Dependents } from '../accounts/dependents.service.js';
import { DomainsStore } from './domains.store.js';

/** Gives domains up. */
@Injectable()
export class DomainRemoval {
  constructor(
    private readonly store: DomainsStore,
    private readonly access: Access,
    private readonly dependents: Dependents,
    private readonly mutations: Mutations,
  ) {}

  /** DOMAIN_IN_USE names the sites that have names within it. */
  async remove(actor: Actor, domainId: string, key: string): Promise<Result<Done>> {
    const id = parseId('domain', domainId);
    const input = id.ok ? id : err(about('domainId', id.problem));
    const allow = (wanted: Id<'domain'>) => this.access.require(actor, 'WRITE_SITES', 'domain', [wanted]);
    return this.mutations.run({ by: actor, action: 'domain.remove', key, input, allow, takesAway: true }, async (tx, wanted) => {
      await this.store.lockRow(tx, wanted);
      const allowed = await this.dependents.allow(tx, 'domain', wanted, { code: 'DOMAIN_IN_USE', even: false });
      if (!allowed.ok) return allowed;
      await this.store.delete(tx, wanted);
      return ok(wanted);
    });
  }
}
