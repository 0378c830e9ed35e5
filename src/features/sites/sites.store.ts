import { Injectable } from '@nestjs/common';
import type { CertificateName, Hostname } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { Prisma, type Site as SiteRow, type SiteName as SiteNameRow } from '../../platform/database/generated/client.js';
import { toPage } from '../../platform/database/keyset-page.js';
import { ownedIds, ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { ServedName } from '../domains/domain.js';
import type { Route, Site } from './site.js';
import type { SiteFilter } from './site-filter.js';

@Injectable()
export class SitesStore {
  constructor(private readonly prisma: PrismaService) {}

  /** The names that other sites have: where there are any, the transaction is to be rolled back. */
  async insert(tx: Tx, { names, createdAt, deletedAt: _, ...site }: Site): Promise<readonly CertificateName[]> {
    await tx.site.create({ data: { ...site, createdAt: toDate(createdAt) } });
    // In one order everywhere: two sites that share names wait for each other's rows, and must not do so crosswise.
    const rows = names.map((name, position) => ({ name, siteId: site.id, position })).sort((a, b) => (a.name < b.name ? -1 : 1));
    const { count } = await tx.siteName.createMany({ data: rows, skipDuplicates: true });
    if (count === names.length) return [];
    const taken = await tx.siteName.findMany({ where: { name: { in: [...names] }, siteId: { not: site.id } }, orderBy: { name: 'asc' } });
    return taken.map((row) => row.name as CertificateName);
  }

  /** Those that are the domain, are below it, or stand for it as a wildcard. */
  async namesAround(tx: Tx, domain: Hostname): Promise<readonly ServedName[]> {
    const wildcard = `*${domain.slice(domain.indexOf('.'))}`;
    return tx.$queryRaw<ServedName[]>`
      SELECT site_names.name, account_id AS "accountId" FROM site_names JOIN sites ON sites.id = site_id
      WHERE site_names.name IN (${domain}, ${wildcard}) OR right(site_names.name, ${domain.length + 1}) = ${`.${domain}`}`;
  }

  /**
   * Of an account and all below it: those that have their home at one of `homes`, or `further` as a further server. Of thousands of them, so no more
   * is read than their names.
   */
  namesOn(homes: readonly string[], further: string, accountPath: string): Promise<readonly Pick<Site, 'id' | 'accountId' | 'names'>[]> {
    return this.prisma.$queryRaw<Pick<Site, 'id' | 'accountId' | 'names'>[]>`
      SELECT sites.id, account_id AS "accountId", array_agg(site_names.name ORDER BY position) AS names
      FROM sites JOIN site_names ON site_id = sites.id
      WHERE (server_id = ANY(${[...homes]}) OR sites.id IN (SELECT site_id FROM site_servers WHERE server_id = ${further}))
        AND account_id IN (SELECT id FROM accounts WHERE path ^@ ${accountPath})
      GROUP BY sites.id ORDER BY sites.id`;
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Site>> {
    const rows = await tx.site.findMany({ where: { id: { in: [...ids] } }, include: NAMES, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toSite(row)]));
  }

  async byName(name: CertificateName): Promise<Site | undefined> {
    const row = await this.prisma.siteName.findUnique({ where: { name } });
    return row ? (await this.byIds([row.siteId])).get(row.siteId) : undefined;
  }

  /** The site, if it is one still; it stays so until the transaction ends. */
  async keep(tx: Tx, id: string): Promise<Site | undefined> {
    await tx.$queryRaw`SELECT 1 FROM sites WHERE id = ${id} FOR SHARE`;
    const site = (await this.byIds([id], tx)).get(id);
    return site?.deletedAt === undefined ? site : undefined;
  }

  /** Nobody relies on its being there until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<void> {
    await tx.$queryRaw`SELECT 1 FROM sites WHERE id = ${id} FOR UPDATE`;
  }

  async delete(tx: Tx, { id, names }: Site, at: Instant): Promise<void> {
    await tx.site.update({ where: { id }, data: { deletedAt: toDate(at), deletedNames: [...names] } });
    await tx.siteName.deleteMany({ where: { siteId: id } });
    await tx.siteServer.deleteMany({ where: { siteId: id } });
  }

  /** Names at or below that one, with their sites; some of them. */
  async namesWithin(tx: Tx, name: Hostname, limit: number): Promise<readonly { name: CertificateName; siteId: string }[]> {
    const where = { OR: [{ name }, { name: { endsWith: `.${name}` } }] };
    const rows = await tx.siteName.findMany({ where, orderBy: { name: 'asc' }, take: limit });
    return rows.map((row) => ({ name: row.name as CertificateName, siteId: row.siteId }));
  }

  /** Of sites that are sites still. */
  async ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const there = await this.prisma.site.findMany({ where: { id: { in: [...ids] }, deletedAt: null }, select: { id: true } });
    return ownerPaths(
      this.prisma,
      'sites',
      there.map(({ id }) => id),
    );
  }

  async pageBelow(path: string, request: PageRequest, { name, nameContains }: SiteFilter): Promise<Page<Site>> {
    const further = [
      Prisma.sql`AND deleted_at IS NULL`,
      ...(name ? [Prisma.sql`AND id IN (SELECT site_id FROM site_names WHERE name = ${name})`] : []),
      ...(nameContains
        ? [Prisma.sql`AND EXISTS (SELECT 1 FROM site_names AS n WHERE n.site_id = sites.id AND strpos(n.name, ${nameContains}) > 0)`]
        : []),
    ];
    const ids = await ownedIds(this.prisma, 'sites', path, request, Prisma.join(further, ' '));
    return toPage([...(await this.byIds(ids)).values()], request);
  }
}

const NAMES = { names: { orderBy: { position: 'asc' } } } as const;

const toSite = ({
  id,
  accountId,
  domainId,
  serverId,
  names,
  route,
  createdAt,
  deletedAt,
  deletedNames,
}: SiteRow & { names: SiteNameRow[] }): Site => ({
  id: id as Id<'site'>,
  accountId: accountId as Id<'account'>,
  domainId: domainId as Id<'domain'>,
  serverId: serverId as Id<'server'>,
  names: (deletedAt ? deletedNames : names.map((row) => row.name)) as CertificateName[],
  route: route as Route,
  createdAt: fromDate(createdAt),
  ...(deletedAt && { deletedAt: fromDate(deletedAt) }),
});
