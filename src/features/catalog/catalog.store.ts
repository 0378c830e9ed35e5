import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import type { Id } from '../../values/id.js';
import { money, parseCurrency } from '../../values/money.js';
import { unwrap } from '../../values/result.js';
import type { Product as ProductRow } from '../../platform/database/generated/client.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Product, ValidationLevel } from './product.js';

@Injectable()
export class CatalogStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Leaves a product alone whose code is there. */
  async insertMissing(products: readonly Product[]): Promise<void> {
    const rows = products.map(({ price, pinnedTo, ...product }) => ({
      ...{ ...product, issuerId: pinnedTo ?? null },
      ...{ minor: price?.minor ?? null, currency: price?.currency ?? null },
    }));
    await this.prisma.product.createMany({ data: rows, skipDuplicates: true });
  }

  async savePin(tx: Tx, { id, pinnedTo }: Product): Promise<void> {
    await tx.product.update({ where: { id }, data: { issuerId: pinnedTo ?? null } });
  }

  async all(): Promise<readonly Product[]> {
    return (await this.prisma.product.findMany({ orderBy: { id: 'asc' } })).map(toProduct);
  }

  async byCode(code: string, tx: Tx = this.prisma): Promise<Product | undefined> {
    const row = await tx.product.findUnique({ where: { code } });
    return row ? toProduct(row) : undefined;
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Product>> {
    const rows = await tx.product.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toProduct(row)]));
  }
}

const toProduct = ({ id, code, title, level, issuerId, minor, currency }: ProductRow): Product => ({
  id: id as Id<'product'>,
  code,
  title,
  level: level as ValidationLevel,
  ...(issuerId !== null && { pinnedTo: issuerId }),
  ...(minor !== null && currency !== null && { price: money(minor, unwrap(parseCurrency(currency))) }),
});
