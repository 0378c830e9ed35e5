import { Injectable } from '@nestjs/common';
import { fromRecord, toRecord } from '../../cores/tls/check/site-check-record.js';
import type { SiteCheck } from '../../cores/tls/check/site-check.js';
import { Prisma, type SiteCheck as Row } from '../../platform/database/generated/client.js';
import { pagesOfEach } from '../../platform/database/keyset-page.js';
import { ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Problem } from '../../values/problems/problem.js';
import type { KeptCheck, Progress } from './kept-check.js';

/** Rows deleted in one go: a record is some ten thousand bytes. */
const MOST_FORGOTTEN = 500;
/** Of a site; the older ones go first. */
const MOST_OF_SITE = 100;

type Newest = Pick<KeptCheck, 'id' | 'createdAt' | 'siteId'>;

@Injectable()
export class SiteChecksStore {
  constructor(private readonly prisma: PrismaService) {}

  /** The one of that name that waits then: this one, or the one that was there, which is not begun later than this one would be. */
  async insertOnce(tx: Tx, { createdAt, dueAt, ...check }: KeptCheck): Promise<string> {
    const { id, accountId, siteId, name, occasion } = check;
    const rows = await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO site_checks (id, account_id, site_id, name, occasion, created_at, due_at)
      VALUES (${id}, ${accountId}, ${siteId}, ${name}, ${occasion}, ${toDate(createdAt)}, ${toDate(dueAt)})
      ON CONFLICT (site_id, name) WHERE started_at IS NULL DO UPDATE SET due_at = least(site_checks.due_at, excluded.due_at)
      RETURNING id`;
    return rows[0]!.id;
  }

  async start(tx: Tx, id: string, at: Instant): Promise<void> {
    await tx.siteCheck.update({ where: { id }, data: { startedAt: toDate(at) } });
  }

  async progress(id: string, progress: Progress): Promise<void> {
    await this.prisma.siteCheck.updateMany({ where: { id, finishedAt: null }, data: { progress } });
  }

  async finish(tx: Tx, id: string, at: Instant, { found, fine }: { found: SiteCheck; fine: boolean }): Promise<void> {
    const record = toRecord(found) as Prisma.InputJsonValue;
    await tx.siteCheck.update({ where: { id }, data: { finishedAt: toDate(at), record, fine } });
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, KeptCheck>> {
    const rows = await tx.siteCheck.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toCheck(row)]));
  }

  /** Without what was found: for those who watch many. */
  async progressOf(ids: readonly string[]): Promise<ReadonlyMap<string, KeptCheck>> {
    const rows = await this.prisma.siteCheck.findMany({ where: { id: { in: [...ids] } }, omit: { record: true, problem: true } });
    return new Map(rows.map((row) => [row.id, toCheck({ ...row, record: null, problem: null })]));
  }

  /** Newest first. */
  pagesOfSites(siteIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<KeptCheck>>> {
    const nested = { table: 'site_checks', parent: 'site_id', newestFirst: true } as const;
    return pagesOfEach(this.prisma, nested, siteIds, request, (ids) => this.byIds(ids));
  }

  /** The newest that ended, of each of these names. */
  async newestOfNames(names: readonly Pick<KeptCheck, 'siteId' | 'name'>[]): Promise<ReadonlyMap<string, KeptCheck>> {
    const [siteIds, texts] = [names.map(({ siteId }) => siteId), names.map(({ name }) => name)];
    const found = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT newest.id FROM unnest(${siteIds}::text[], ${texts}::text[]) AS wanted(site_id, name) CROSS JOIN LATERAL (
        SELECT id FROM site_checks WHERE site_id = wanted.site_id AND name = wanted.name AND finished_at IS NOT NULL
        ORDER BY id DESC LIMIT 1) AS newest`;
    const checks = await this.byIds(found.map(({ id }) => id));
    return new Map([...checks.values()].map((check) => [check.siteId, check]));
  }

  /** The newest that was asked for, of each of these sites, whether it ended or not. */
  async newestAskedOf(siteIds: readonly string[]): Promise<ReadonlyMap<string, Newest>> {
    const rows = await this.prisma.$queryRaw<{ id: Newest['id']; siteId: Newest['siteId']; at: Date }[]>`
      SELECT newest.id, sites.id AS "siteId", newest.created_at AS at FROM unnest(${[...siteIds]}::text[]) AS sites(id) CROSS JOIN LATERAL (
        SELECT id, created_at FROM site_checks WHERE site_id = sites.id ORDER BY id DESC LIMIT 1) AS newest`;
    return new Map(rows.map(({ at, ...row }) => [row.siteId, { ...row, createdAt: fromDate(at) }]));
  }

  /** Did a check of that name before this one find it fine? */
  async wasFine({ id, siteId, name }: KeptCheck): Promise<boolean> {
    return (await this.prisma.siteCheck.findFirst({ where: { siteId, name, fine: true, id: { lt: id } }, select: { id: true } })) !== null;
  }

  /** Those that should be under way, the longest overdue first. */
  async due(now: Instant, limit: number): Promise<readonly string[]> {
    const where = { finishedAt: null, dueAt: { lte: toDate(now) } };
    const rows = await this.prisma.siteCheck.findMany({ where, orderBy: { dueAt: 'asc' }, take: limit, select: { id: true } });
    return rows.map(({ id }) => id);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'site_checks', ids);
  }

  async forgetEndedBefore(at: Instant): Promise<void> {
    await this.prisma.$executeRaw`
      DELETE FROM site_checks WHERE id = ANY(ARRAY(
        SELECT id FROM site_checks WHERE finished_at < ${toDate(at)} ORDER BY finished_at LIMIT ${MOST_FORGOTTEN}))`;
  }

  /** Of the site, those that are more than it may have. */
  async forgetMoreThanMany(tx: Tx, siteId: string): Promise<void> {
    await tx.$executeRaw`
      DELETE FROM site_checks WHERE finished_at IS NOT NULL AND id IN (
        SELECT id FROM site_checks WHERE site_id = ${siteId} ORDER BY id DESC OFFSET ${MOST_OF_SITE})`;
  }
}

/** A record that this version cannot read is not shown, and why is. */
function toCheck({ record, problem, progress, fine: _, createdAt, dueAt, startedAt, finishedAt, ...row }: Row): KeptCheck {
  const read = record === null ? undefined : fromRecord(record);
  const found = read?.ok ? read.value : undefined;
  const why = read && !read.ok ? read.problem : ((problem as Problem | null) ?? undefined);
  return {
    ...row,
    ...{ createdAt: fromDate(createdAt), dueAt: fromDate(dueAt) },
    ...(startedAt && { startedAt: fromDate(startedAt) }),
    ...(finishedAt && { finishedAt: fromDate(finishedAt) }),
    ...(progress !== null && { progress: progress as Progress }),
    ...(found && { found }),
    ...(why && { problem: why }),
  } as KeptCheck;
}
