import { Injectable } from '@nestjs/common';
import { fromRecord, toRecord } from '../../cores/tls/diagnosis/diagnosis-record.js';
import type { Diagnosis } from '../../cores/tls/diagnosis/diagnosis.js';
import { Prisma, type Finding as Row } from '../../platform/database/generated/client.js';
import { pagesOfEach, toPage } from '../../platform/database/keyset-page.js';
import { ownedIds, ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { CertificateName } from '../../values/hostname.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { unwrap } from '../../values/result.js';
import type { Finding, FindingFilter } from './finding.js';

/** Rows deleted in one go. */
const MOST_FORGOTTEN = 5_000;

@Injectable()
export class FindingsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Whoever settles a site's findings is alone with them until the transaction ends: a check of one name, a check of another, a sweep. */
  async lockSite(tx: Tx, siteId: string): Promise<void> {
    await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(${`findings ${siteId}`}, 0))`;
  }

  async openOfSite(tx: Tx, siteId: string): Promise<readonly Finding[]> {
    const rows = await tx.finding.findMany({ where: { siteId, resolvedAt: null }, orderBy: { id: 'asc' } });
    return rows.map(toFinding);
  }

  async insert(tx: Tx, findings: readonly Finding[]): Promise<void> {
    const data = findings.map(({ diagnosis, firstSeenAt, lastSeenAt, resolvedAt: _, ...finding }) => ({
      ...finding,
      ...columnsOf(diagnosis),
      firstSeenAt: toDate(firstSeenAt),
      lastSeenAt: toDate(lastSeenAt),
    }));
    await tx.finding.createMany({ data });
  }

  async see(tx: Tx, id: string, diagnosis: Diagnosis, at: Instant): Promise<void> {
    await tx.finding.update({ where: { id }, data: { ...columnsOf(diagnosis), lastSeenAt: toDate(at) } });
  }

  async resolveAllOf(tx: Tx, siteId: string, at: Instant): Promise<void> {
    await tx.finding.updateMany({ where: { siteId, resolvedAt: null }, data: { resolvedAt: toDate(at) } });
  }

  async resolve(tx: Tx, ids: readonly string[], at: Instant): Promise<void> {
    await tx.finding.updateMany({ where: { id: { in: [...ids] } }, data: { resolvedAt: toDate(at) } });
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Finding>> {
    const rows = await tx.finding.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toFinding(row)]));
  }

  async pageBelow(accountPath: string, request: PageRequest, filter: FindingFilter): Promise<Page<Finding>> {
    const ids = await ownedIds(this.prisma, 'findings', accountPath, request, sqlOf(filter));
    return toPage([...(await this.byIds(ids)).values()], request);
  }

  /** Names with something open, of each of these sites. */
  async openNames(siteIds: readonly string[]): Promise<ReadonlyMap<string, readonly CertificateName[]>> {
    const rows = await this.prisma.finding.findMany({
      where: { siteId: { in: [...siteIds] }, resolvedAt: null },
      distinct: ['siteId', 'name'],
      select: { siteId: true, name: true },
    });
    const bySite = Map.groupBy(rows, ({ siteId }) => siteId);
    return new Map([...bySite].map(([siteId, names]) => [siteId, names.map(({ name }) => name as CertificateName)]));
  }

  /** Those that are open. */
  openPagesOfSites(siteIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<Finding>>> {
    const nested = { table: 'findings', parent: 'site_id', further: Prisma.sql`AND resolved_at IS NULL` };
    return pagesOfEach(this.prisma, nested, siteIds, request, (ids) => this.byIds(ids));
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'findings', ids);
  }

  async forgetResolvedBefore(at: Instant): Promise<void> {
    await this.prisma.$executeRaw`
      DELETE FROM findings WHERE id = ANY(ARRAY(
        SELECT id FROM findings WHERE resolved_at < ${toDate(at)} ORDER BY resolved_at LIMIT ${MOST_FORGOTTEN}))`;
  }
}

function sqlOf({ siteId, severities, causes, whoActs, open }: FindingFilter): Prisma.Sql {
  const parts = [
    siteId && Prisma.sql`AND site_id = ${siteId}`,
    severities && Prisma.sql`AND severity = ANY(${[...severities]})`,
    causes && Prisma.sql`AND cause = ANY(${[...causes]})`,
    whoActs && Prisma.sql`AND who_acts = ANY(${[...whoActs]})`,
    open !== undefined && (open ? Prisma.sql`AND resolved_at IS NULL` : Prisma.sql`AND resolved_at IS NOT NULL`),
  ].filter((part) => part instanceof Prisma.Sql);
  return parts.length > 0 ? Prisma.join(parts, ' ') : Prisma.empty;
}

const columnsOf = (diagnosis: Diagnosis) => ({
  cause: diagnosis.cause,
  severity: diagnosis.severity,
  whoActs: diagnosis.whoActs,
  repair: diagnosis.repair ?? null,
  diagnosis: toRecord(diagnosis) as Prisma.InputJsonValue,
});

/** The columns beside the diagnosis are for filters. */
function toFinding({ diagnosis, firstSeenAt, lastSeenAt, resolvedAt, ...row }: Row): Finding {
  const { id, accountId, siteId, name, key } = row;
  const times = { firstSeenAt: fromDate(firstSeenAt), lastSeenAt: fromDate(lastSeenAt) };
  const known = { id, accountId, siteId, name, key, ...times, ...(resolvedAt && { resolvedAt: fromDate(resolvedAt) }) };
  return { ...known, diagnosis: unwrap(fromRecord(diagnosis)) } as Finding;
}
