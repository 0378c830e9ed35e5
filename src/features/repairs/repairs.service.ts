import { Injectable } from '@nestjs/common';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import type { Actor } from '../../values/actor.js';
import { parseId, type Id } from '../../values/id.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { Dependents, dependsOnIt } from '../accounts/dependents.service.js';
import { RepairAccess } from './repair-access.service.js';
import { RepairBook } from './repair-book.service.js';
import type { Repair } from './repair.js';
import { RepairsStore } from './repairs.store.js';

type AskedRepair = { readonly repair: Repair; readonly replayed: boolean };

/** What callers do with repairs. A worker does the rest. */
@Injectable()
export class Repairs implements OwnershipLoader {
  readonly kind = 'repair';

  constructor(
    private readonly store: RepairsStore,
    private readonly access: Access,
    private readonly may: RepairAccess,
    private readonly mutations: Mutations,
    private readonly book: RepairBook,
    dependents: Dependents,
  ) {
    access.register(this);
    dependents.register({
      on: 'site',
      dependents: async (tx, id, limit) =>
        (await store.openOfSite(tx, id, limit)).map((repair) => ({
          cause: dependsOnIt(repair, `The repair ${repair} is under way.`),
          goesAlong: true,
        })),
    });
  }

  /** NOT_REPAIRABLE for a finding that is over, or that the panel cannot mend. One that is under way is shared. */
  async ask(actor: Actor, findingId: string, key: string): Promise<Result<AskedRepair>> {
    const parsed = parseId('finding', findingId);
    const input = parsed.ok ? parsed : err(about('findingId', parsed.problem));
    const allow = (id: Id<'finding'>) => this.may.toRepair(actor, id);
    const done = await this.mutations.run({ by: actor, action: 'finding.repair', key, input, allow }, (tx, id) =>
      this.book.open(tx, actor, id),
    );
    if (!done.ok) return done;
    return ok({ repair: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  async one(actor: Actor, id: string): Promise<Result<Repair>> {
    const parsed = parseId('repair', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'repair', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  /** For field resolvers: the findings were already shown to the caller. */
  pagesOfFindings(findingIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<Repair>>> {
    return this.store.pagesOfFindings(findingIds, request);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }
}
