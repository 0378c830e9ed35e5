import { Injectable } from '@nestjs/common';
import { fromRecord, toRecord } from '../../cores/tls/diagnosis/diagnosis-record.js';
import type { Alarm as Row, Prisma } from '../../platform/database/generated/client.js';
import { toPage } from '../../platform/database/keyset-page.js';
import { ownedIds } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { unwrap } from '../../values/result.js';
import type { Alarm } from './alarm.js';

/** Rows deleted in one go. */
const MOST_FORGOTTEN = 5_000;

@Injectable()
export class AlarmsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** The one that goes on. */
  async openOf(tx: Tx, siteId: string): Promise<Alarm | undefined> {
    const row = await tx.alarm.findFirst({ where: { siteId, endedAt: null } });
    return row ? toAlarm(row) : undefined;
  }

  async insert(tx: Tx, { diagnosis, raisedAt, endedAt: _, ...alarm }: Alarm): Promise<void> {
    await tx.alarm.create({ data: { ...alarm, raisedAt: toDate(raisedAt), diagnosis: toRecord(diagnosis) as Prisma.InputJsonValue } });
  }

  async end(tx: Tx, id: string, at: Instant): Promise<void> {
    await tx.alarm.update({ where: { id }, data: { endedAt: toDate(at) } });
  }

  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Alarm>> {
    const rows = await this.prisma.alarm.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toAlarm(row)]));
  }

  async pageBelow(accountPath: string, request: PageRequest): Promise<Page<Alarm>> {
    const ids = await ownedIds(this.prisma, 'alarms', accountPath, request);
    return toPage([...(await this.byIds(ids)).values()], request);
  }

  async forgetEndedBefore(at: Instant): Promise<void> {
    await this.prisma.$executeRaw`
      DELETE FROM alarms WHERE id = ANY(ARRAY(
        SELECT id FROM alarms WHERE ended_at < ${toDate(at)} ORDER BY ended_at LIMIT ${MOST_FORGOTTEN}))`;
  }
}

const toAlarm = ({ diagnosis, raisedAt, endedAt, ...row }: Row): Alarm =>
  ({
    ...row,
    raisedAt: fromDate(raisedAt),
    ...(endedAt && { endedAt: fromDate(endedAt) }),
    diagnosis: unwrap(fromRecord(diagnosis)),
  }) as Alarm;
