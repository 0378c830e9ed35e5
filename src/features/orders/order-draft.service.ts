import { Inject, Injectable } from '@nestjs/common';
import { ISSUERS, type Issuer } from '../../adapters/issuers/issuer.js';
import type { Tx } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { isWildcard, withoutWildcard } from '../../values/hostname.js';
import { newId, type Id } from '../../values/id.js';
import { days, plus } from '../../values/instant.js';
import { about, problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Catalog } from '../catalog/catalog.service.js';
import { Domains } from '../domains/domains.service.js';
import { SHOWS_PAIRS } from '../servers/server.js';
import { Servers } from '../servers/servers.service.js';
import { Sites } from '../sites/sites.service.js';
import { LIFETIME_DAYS, type Order } from './order.js';
import { namesFor, type PlaceOrder } from './place-order.js';

/** Makes an order of what a caller asks for: its product at the price of the moment, its names, its deadline. */
@Injectable()
export class OrderDraft {
  constructor(
    private readonly catalog: Catalog,
    private readonly servers: Servers,
    private readonly sites: Sites,
    private readonly domains: Domains,
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** The same again, as far as it may be ordered today. */
  async renewal(tx: Tx, { siteId, productId, names, keyAlgorithm, beside }: Order, replacesId: Id<'certificate'>): Promise<Result<Order>> {
    const product = (await this.catalog.byIds([productId], tx)).get(productId)!.code;
    const order = await this.of(tx, { siteId, product, names, keyAlgorithm, beside });
    return order.ok ? ok({ ...order.value, replacesId }) : order;
  }

  async of(tx: Tx, { siteId, product: code, names: asked = [], ...command }: PlaceOrder): Promise<Result<Order>> {
    const site = await this.sites.keep(tx, siteId);
    if (!site) return err(problem('NOT_FOUND', { what: 'site' }, { subject: siteId }));
    const kind = command.beside ? (await this.servers.byIds([site.serverId], tx)).get(site.serverId)?.kind : undefined;
    if (kind && !SHOWS_PAIRS[kind]) return err(about('beside', problem('PAIR_NOT_SHOWN', { kind })));
    const product = await this.catalog.byCode(code, tx);
    if (!product.ok) return err(about('product', product.problem));
    const { id: productId, issuerId, level, price, title } = product.value;
    if (!price || issuerId === undefined) return err(about('product', problem('QUOTE_REQUIRED', { product: title })));
    const issuer = this.issuers.find(({ manifest }) => manifest.id === issuerId)?.manifest;
    if (!issuer) return err(about('product', problem('ISSUER_UNKNOWN', { issuer: issuerId })));
    const holders = await this.domains.holdersOf((asked.length > 0 ? asked : site.names).filter(isWildcard).map(withoutWildcard), tx);
    const names = namesFor(asked.length > 0 ? asked : undefined, { site, holders, issuer });
    if (!names.ok) return names;
    const now = this.clock.now();
    return ok({
      id: newId('order', now, this.random),
      accountId: site.accountId,
      siteId,
      productId,
      issuerId,
      level,
      names: names.value,
      keyAlgorithm: command.keyAlgorithm,
      beside: command.beside,
      price,
      state: 'PLACED',
      presented: [],
      attempts: 0,
      createdAt: now,
      wakeAt: now,
      deadline: plus(now, days(LIFETIME_DAYS[level])),
    });
  }
}
