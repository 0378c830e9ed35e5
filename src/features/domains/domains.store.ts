import { Injectable } from '@nestjs/common';
import type { Hostname } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Domain as DomainRow } from '../../platform/database/generated/client.js';
import { toPage } from '../../platform/database/keyset-page.js';
import { ownedIds, ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { nameAndAbove, type Domain, type HeldName } from './domain.js';

@Injectable()
export class DomainsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Until the transaction ends, nobody else adds a domain there. Different names that hash alike only wait for each other. */
  async lock(tx: Tx, territory: Hostname): Promise<void> {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`domain ${territory}`}, 0))`;
  }

  /** Domains that are the name, above it or below it. */
  async overlapping(tx: Tx, name: Hostname): Promise<readonly Domain[]> {
    const rows = await tx.domain.findMany({ where: { OR: [{ name: { in: nameAndAbove(name) } }, { name: { endsWith: `.${name}` } }] } });
    return rows.map(toDomain);
  }

  /** Until the transaction ends, nobody adds a domain in any of these; others may make sites there too. */
  async share(tx: Tx, territories: readonly Hostname[]): Promise<void> {
    const keys = territories.map((territory) => `domain ${territory}`);
    await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(hashtextextended(key, 0)) FROM unnest(${keys}::text[]) AS key`;
  }

  /** Those with one label more than one of these names. */
  async oneBelow(names: readonly Hostname[], tx: Tx = this.prisma): Promise<readonly HeldName[]> {
    if (names.length === 0) return [];
    return tx.$queryRaw<HeldName[]>`
      SELECT name, account_id AS "accountId" FROM domains
      WHERE strpos(name, '.') > 0 AND substr(name, strpos(name, '.') + 1) = ANY(${[...names]})`;
  }

  /** Those that are one of these names. */
  heldAmong(names: readonly Hostname[]): Promise<readonly HeldName[]> {
    return this.prisma.$queryRaw<HeldName[]>`SELECT name, account_id AS "accountId" FROM domains WHERE name = ANY(${[...names]})`;
  }

  async insert(tx: Tx, domain: Domain): Promise<void> {
    await tx.domain.create({ data: { ...domain, createdAt: toDate(domain.createdAt) } });
  }

  async lockRow(tx: Tx, id: string): Promise<void> {
    await tx.$queryRaw`SELECT 1 FROM domains WHERE id = ${id} FOR UPDATE`;
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await tx.domain.delete({ where: { id } });
  }

  /** With `tx`, nobody gives them up until that ends. */
  async byNames(names: readonly Hostname[], tx?: Tx): Promise<readonly Domain[]> {
    if (tx) await tx.$queryRaw`SELECT 1 FROM domains WHERE name = ANY(${[...names]}) ORDER BY id FOR SHARE`;
    return (await (tx ?? this.prisma).domain.findMany({ where: { name: { in: [...names] } } })).map(toDomain);
  }

  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Domain>> {
    const rows = await this.prisma.domain.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toDomain(row)]));
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'domains', ids);
  }

  async pageBelow(path: string, request: PageRequest): Promise<Page<Domain>> {
    const ids = await ownedIds(this.prisma, 'domains', path, request);
    return toPage([...(await this.byIds(ids)).values()], request);
  }
}

const toDomain = ({ id, accountId, name, createdAt }: DomainRow): Domain => ({
  id: id as Id<'domain'>,
  accountId: accountId as Id<'account'>,
  name: name as Hostname,
  createdAt: fromDate(createdAt),
});
