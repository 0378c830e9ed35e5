import { Injectable } from '@nestjs/common';
import { Prisma, type Binding as Row } from '../../platform/database/generated/client.js';
import { pagesOfEach } from '../../platform/database/keyset-page.js';
import { ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Binding, MapBinding, NewBinding, Wanted } from './binding.js';

/** What a handshake with a binding showed. */
export type Seen = { readonly id: string; readonly fingerprint: string; readonly at: Instant };

/** A binding that is to show this certificate, or this pair. */
export type Bound = Pick<Binding, 'id' | 'certificateId' | 'companionId'>;

@Injectable()
export class BindingsStore {
  constructor(private readonly prisma: PrismaService) {}

  async insert(tx: Tx, binding: NewBinding, now: Instant): Promise<void> {
    await tx.binding.create({ data: { ...binding, updatedAt: toDate(now) } });
  }

  /** The binding at that place, locked until the transaction ends. */
  async lockAt(tx: Tx, { addressId, port, name }: Wanted): Promise<Binding | undefined> {
    await tx.$queryRaw`SELECT 1 FROM bindings WHERE address_id = ${addressId} AND port = ${port} AND name = ${name} FOR UPDATE`;
    const row = await tx.binding.findUnique({ where: { addressId_port_name: { addressId, port, name } } });
    return row ? toBinding(row) : undefined;
  }

  async point(tx: Tx, id: string, certificateId: string, companionId: string | undefined, now: Instant): Promise<void> {
    await tx.binding.update({
      where: { id },
      data: {
        certificateId,
        companionId: companionId ?? null,
        attempts: 0,
        refusedId: null,
        retryAt: null,
        settled: false,
        updatedAt: toDate(now),
      },
    });
  }

  /** Where it is one of two, the other is shown alone; answers the servers of those places. */
  async dropFromPairs(tx: Tx, certificateId: string): Promise<readonly string[]> {
    const rows = await tx.$queryRaw<{ serverId: string }[]>`
      UPDATE bindings SET certificate_id = CASE WHEN certificate_id = ${certificateId} THEN companion_id ELSE certificate_id END,
        companion_id = NULL, refused_id = NULL, attempts = 0, retry_at = NULL, settled = false
      WHERE companion_id IS NOT NULL AND (certificate_id = ${certificateId} OR companion_id = ${certificateId})
      RETURNING server_id AS "serverId"`;
    return [...new Set(rows.map(({ serverId }) => serverId))];
  }

  /** Of those that have bindings at a server: those of other sites than these are deleted. Answers how many that were. */
  async deleteOfOthers(tx: Tx, serverId: string, siteIds: readonly string[]): Promise<number> {
    return tx.$executeRaw`DELETE FROM bindings WHERE server_id = ${serverId} AND NOT site_id = ANY(${[...siteIds]})`;
  }

  /** What handshakes showed. Only where that is another than before is anything written. */
  async saw(seen: readonly Seen[]): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE bindings SET shown_fingerprint = seen.fingerprint, shown_since = seen.at
      FROM unnest(${seen.map(({ id }) => id)}::text[], ${seen.map(({ fingerprint }) => fingerprint)}::text[],
        ${seen.map(({ at }) => toDate(at))}::timestamptz[]) AS seen (id, fingerprint, at)
      WHERE bindings.id = seen.id AND bindings.shown_fingerprint IS DISTINCT FROM seen.fingerprint`;
  }

  /** To another port of their address; answers how many that were. */
  async move(tx: Tx, addressId: string, port: number): Promise<number> {
    const moving = { addressId, port: { not: port } };
    // What an order has bound at the new port meanwhile is newer.
    await tx.$executeRaw`
      DELETE FROM bindings AS old USING bindings AS new
      WHERE old.address_id = ${addressId} AND old.port <> ${port} AND new.address_id = ${addressId} AND new.port = ${port} AND new.name = old.name`;
    return (await tx.binding.updateMany({ where: moving, data: { port, refusedId: null, attempts: 0, retryAt: null, settled: false } }))
      .count;
  }

  /** Those at other ports of their address than these; answers how many there were. */
  async deleteAtOtherPorts(tx: Tx, addressId: string, ports: readonly number[]): Promise<number> {
    return (await tx.binding.deleteMany({ where: { addressId, port: { notIn: [...ports] } } })).count;
  }

  /** Those at other addresses than these; answers how many there were. */
  async deleteElsewhere(tx: Tx, serverId: string, addressIds: readonly string[]): Promise<number> {
    return (await tx.binding.deleteMany({ where: { serverId, addressId: { notIn: [...addressIds] } } })).count;
  }

  async refuse(tx: Tx, id: string, refused: { certificateId: string; attempts: number; retryAt: Instant }): Promise<void> {
    const { certificateId, attempts, retryAt } = refused;
    await tx.binding.update({
      where: { id },
      data: { refusedId: certificateId, attempts, retryAt: toDate(retryAt), again: false, settled: false },
    });
  }

  /** Those that are to show what was proven still; another certificate may have been bound there meanwhile. */
  async accept(tx: Tx, proven: readonly Bound[]): Promise<void> {
    await tx.$executeRaw`
      UPDATE bindings SET refused_id = NULL, attempts = 0, retry_at = NULL, again = false, settled = true WHERE ${boundSo(proven)}`;
  }

  /** There is nothing to do about them. */
  async settle(shown: readonly Bound[]): Promise<void> {
    await this.prisma.$executeRaw`UPDATE bindings SET settled = true WHERE NOT again AND ${boundSo(shown)}`;
  }

  async unsettle(ids: readonly string[]): Promise<void> {
    await this.prisma.binding.updateMany({ where: { id: { in: [...ids] }, settled: true }, data: { settled: false } });
  }

  /** What there is to do at a server now: the least refused first. */
  async unsettled(serverId: string, now: Instant, limit: number): Promise<readonly Binding[]> {
    const due = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT id FROM bindings WHERE server_id = ${serverId} AND ${toDo(now)} ORDER BY attempts, id LIMIT ${limit}`;
    const found = await this.byIds(due.map(({ id }) => id));
    return due.flatMap(({ id }) => found.get(id) ?? []);
  }

  async putAgain(tx: Tx, ids: readonly string[]): Promise<void> {
    await tx.binding.updateMany({
      where: { id: { in: [...ids] } },
      data: { refusedId: null, attempts: 0, retryAt: null, again: true, settled: false },
    });
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Binding>> {
    const rows = await tx.binding.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toBinding(row)]));
  }

  async ofServer(serverId: string): Promise<readonly Binding[]> {
    return (await this.prisma.binding.findMany({ where: { serverId }, orderBy: { id: 'asc' } })).map(toBinding);
  }

  /**
   * On a server, of an account and all below it; and these names, whoever's they are. Of thousands of them, so no more is read than a map has.
   */
  async ofMap(serverId: string, accountPath: string, names: readonly string[]): Promise<readonly MapBinding[]> {
    const rows = await this.prisma.$queryRaw<(Omit<MapBinding, 'companionId'> & { companionId: Binding['companionId'] | null })[]>`
      SELECT ip, port, name, account_id AS "accountId", site_id AS "siteId", certificate_id AS "certificateId",
        companion_id AS "companionId" FROM bindings
      WHERE server_id = ${serverId}
        AND (account_id IN (SELECT id FROM accounts WHERE path ^@ ${accountPath}) OR name = ANY(${[...names]}))
      ORDER BY bindings.id`;
    return rows.map(({ companionId, ...row }) => ({ ...row, ...(companionId && { companionId }) }));
  }

  /** At one place, under any of these names. */
  async atPlace(addressId: string, port: number, names: readonly string[]): Promise<readonly Binding[]> {
    return (await this.prisma.binding.findMany({ where: { addressId, port, name: { in: [...names] } } })).map(toBinding);
  }

  async pageOfServer(serverId: string, after: string, limit: number): Promise<readonly Binding[]> {
    const where = { serverId, id: { gt: after } };
    return (await this.prisma.binding.findMany({ where, orderBy: { id: 'asc' }, take: limit })).map(toBinding);
  }

  /** Some of those at an address, without others: from a number between 0 and 1 on, and from 0 where there are too few. */
  async someAt(serverId: string, ip: string, without: readonly string[], from: number, limit: number): Promise<readonly Binding[]> {
    const drawn = (lot: Prisma.FloatFilter) =>
      this.prisma.binding.findMany({ where: { serverId, ip, id: { notIn: [...without] }, lot }, orderBy: { lot: 'asc' }, take: limit });
    const rows = await drawn({ gte: from });
    if (rows.length < limit) rows.push(...(await drawn({ lt: from })));
    return rows.slice(0, limit).map(toBinding);
  }

  async ofSites(siteIds: readonly string[]): Promise<ReadonlyMap<string, readonly Binding[]>> {
    const rows = await this.prisma.binding.findMany({ where: { siteId: { in: [...siteIds] } }, orderBy: { id: 'asc' } });
    const bySite = new Map<string, Binding[]>(siteIds.map((id) => [id, []]));
    for (const row of rows) bySite.get(row.siteId)?.push(toBinding(row));
    return bySite;
  }

  /** Some of those of a site, or at a server or an address. */
  async some(tx: Tx, where: { siteId: string } | { serverId: string } | { addressId: string }, limit: number): Promise<readonly Binding[]> {
    return (await tx.binding.findMany({ where, orderBy: { id: 'asc' }, take: limit })).map(toBinding);
  }

  async ofCertificate(tx: Tx, certificateId: string, limit: number): Promise<readonly Binding[]> {
    const where = { OR: [{ certificateId }, { companionId: certificateId }] };
    return (await tx.binding.findMany({ where, orderBy: { id: 'asc' }, take: limit })).map(toBinding);
  }

  /** After `after`, in order of ids: for rounds over all of them. */
  async batch(after: string, limit: number): Promise<readonly Binding[]> {
    return (await this.prisma.binding.findMany({ where: { id: { gt: after } }, orderBy: { id: 'asc' }, take: limit })).map(toBinding);
  }

  /** Of those that an account and all below it have at these addresses. */
  pagesOfAddresses(addressIds: readonly string[], accountPath: string, request: PageRequest): Promise<ReadonlyMap<string, Page<Binding>>> {
    const further = Prisma.sql`AND account_id IN (SELECT id FROM accounts WHERE path ^@ ${accountPath})`;
    const nested = { table: 'bindings', parent: 'address_id', further };
    return pagesOfEach(this.prisma, nested, addressIds, request, (ids) => this.byIds(ids));
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'bindings', ids);
  }

  /** Servers with something to do. */
  async serversDue(now: Instant): Promise<readonly string[]> {
    const rows = await this.prisma.$queryRaw<{ serverId: string }[]>`
      SELECT DISTINCT server_id AS "serverId" FROM bindings WHERE ${toDo(now)}`;
    return rows.map((row) => row.serverId);
  }
}

/** Three lists of one length: as many as there are, in one statement. */
const boundSo = (bound: readonly Bound[]): Prisma.Sql => Prisma.sql`(id, certificate_id, COALESCE(companion_id, '')) IN (
  SELECT * FROM unnest(${bound.map(({ id }) => id)}::text[], ${bound.map(({ certificateId }) => certificateId)}::text[],
    ${bound.map(({ companionId }) => companionId ?? '')}::text[]))`;
/** Spelled as the partial index has it: with a parameter for `settled`, the planner could not know that it applies. */
const toDo = (now: Instant): Prisma.Sql => Prisma.sql`NOT settled AND (retry_at IS NULL OR retry_at <= ${toDate(now)})`;

const toBinding = ({
  refusedId,
  attempts,
  retryAt,
  again,
  startTls,
  companionId,
  updatedAt,
  shownFingerprint,
  shownSince,
  settled: _settled,
  lot: _lot,
  ...row
}: Row): Binding =>
  ({
    ...row,
    wantedSince: fromDate(updatedAt),
    ...(shownFingerprint !== null && shownSince && { shown: { fingerprint: shownFingerprint, since: fromDate(shownSince) } }),
    ...(startTls !== null && { startTls }),
    ...(companionId !== null && { companionId }),
    ...(again && { again }),
    ...(refusedId !== null && { refused: { certificateId: refusedId, attempts, retryAt: fromDate(retryAt ?? new Date(0)) } }),
  }) as Binding;
