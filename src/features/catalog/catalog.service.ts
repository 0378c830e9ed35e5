import { Inject, Injectable } from '@nestjs/common';
import { ISSUERS, type Issuer, type IssuerManifest } from '../../adapters/issuers/issuer.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId } from '../../values/id.js';
import { about, problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import { CatalogStore } from './catalog.store.js';
import { PRICE_LIST } from './price-list.js';
import { offered, parseProductIssuer, pinned, type OfferedProduct, type Product, type ProductIssuerInput } from './product.js';

/** What this platform sells, and who signs it. */
@Injectable()
export class Catalog {
  constructor(
    private readonly store: CatalogStore,
    private readonly access: Access,
    private readonly mutations: Mutations,
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** Takes in what the shipped price list has and the platform has not. Every start may call it, also two at once. */
  async ensureShipped(): Promise<void> {
    await this.store.insertMissing(PRICE_LIST.map((product) => ({ ...product, id: newId('product', this.clock.now(), this.random) })));
  }

  /** The whole list: the same for everybody, and short. */
  async all(actor: Actor): Promise<Result<readonly OfferedProduct[]>> {
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok((await this.store.all()).map((product) => this.offered(product))) : allowed;
  }

  async byCode(code: string, tx?: Tx): Promise<Result<OfferedProduct>> {
    const product = await this.store.byCode(code, tx);
    return product ? ok(this.offered(product)) : err(problem('NOT_FOUND', { what: 'product' }, { subject: code.slice(0, 80) }));
  }

  async byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, OfferedProduct>> {
    return new Map([...(await this.store.byIds(ids, tx))].map(([id, product]) => [id, this.offered(product)]));
  }

  /** Who can sign here, the default issuer first. */
  allIssuers(actor: Actor): Result<readonly IssuerManifest[]> {
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(this.issuers.map(({ manifest }) => manifest)) : allowed;
  }

  /** From now on this issuer signs what is ordered of the product, or the default one. Orders under way stay with theirs. */
  async setIssuer(actor: Actor, input: ProductIssuerInput, key: string): Promise<Result<{ product: OfferedProduct; replayed: boolean }>> {
    const command = parseProductIssuer(input);
    const allow = async () =>
      actor.kind === 'ADMIN' ? this.access.scope(actor, 'WRITE_SERVERS') : err(problem('NOT_ALLOWED', { needs: 'ADMIN' }));
    const done = await this.mutations.run({ by: actor, action: 'product.setIssuer', key, input: command, allow }, async (tx, wanted) => {
      const product = await this.byCode(wanted.product, tx);
      if (!product.ok) return err(about('product', product.problem));
      const issuer = this.issuers.find(({ manifest }) => manifest.id === wanted.issuerId)?.manifest;
      const changed = pinned(product.value, wanted.issuerId, issuer);
      if (!changed.ok) return changed;
      await this.store.savePin(tx, changed.value);
      return ok(changed.value.id);
    });
    if (!done.ok) return done;
    return ok({ product: (await this.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  private offered(product: Product): OfferedProduct {
    return offered(product, this.issuers[0]!.manifest.id);
  }
}
