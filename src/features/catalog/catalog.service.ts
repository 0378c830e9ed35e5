import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId } from '../../values/id.js';
import { problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import { CatalogStore } from './catalog.store.js';
import { PRICE_LIST } from './price-list.js';
import type { Product } from './product.js';

/** What this platform sells. */
@Injectable()
export class Catalog {
  constructor(
    private readonly store: CatalogStore,
    private readonly access: Access,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** Takes in what the shipped price list has and the platform has not. Every start may call it, also two at once. */
  async ensureShipped(): Promise<void> {
    await this.store.insertMissing(PRICE_LIST.map((product) => ({ ...product, id: newId('product', this.clock.now(), this.random) })));
  }

  /** The whole list: the same for everybody, and short. */
  async all(actor: Actor): Promise<Result<readonly Product[]>> {
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.all()) : allowed;
  }

  async byCode(code: string, tx?: Tx): Promise<Result<Product>> {
    const product = await this.store.byCode(code, tx);
    return product ? ok(product) : err(problem('NOT_FOUND', { what: 'product' }, { subject: code.slice(0, 80) }));
  }

  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Product>> {
    return this.store.byIds(ids);
  }
}
