import { Injectable } from '@nestjs/common';
import { Prisma, type Placement as Row } from '../../platform/database/generated/client.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { StartTls } from '../../cores/tls/starttls/start-tls.js';
import type { Placement } from './plan.js';

type At = Pick<Placement, 'address' | 'port' | 'name'>;

@Injectable()
export class PlacementsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Those that are there already stay as they are, but may be taken away at once again. */
  async insert(
    tx: Tx,
    serverId: string,
    placements: readonly Pick<Placement, 'address' | 'port' | 'name' | 'startTls' | 'accountId'>[],
  ): Promise<void> {
    const rows = placements.map(({ address: ip, port, name, startTls, accountId }) => ({ serverId, ip, port, name, startTls, accountId }));
    await tx.placement.createMany({ data: rows, skipDuplicates: true });
    await this.update(tx, serverId, placements, Prisma.sql`attempts = 0, retry_at = NULL, leaving = false`);
  }

  async prove(tx: Tx, serverId: string, places: readonly At[]): Promise<void> {
    await this.update(tx, serverId, places, Prisma.sql`proven = true`);
  }

  async delete(tx: Tx, serverId: string, places: readonly At[]): Promise<void> {
    await tx.$executeRaw`DELETE FROM placements WHERE ${at(serverId, places)}`;
  }

  async deleteUnproven(tx: Tx, serverId: string, places: readonly At[]): Promise<void> {
    await tx.$executeRaw`DELETE FROM placements WHERE NOT proven AND ${at(serverId, places)}`;
  }

  async refuse(tx: Tx, serverId: string, place: At, { attempts, retryAt }: { attempts: number; retryAt: Instant }): Promise<void> {
    await this.update(tx, serverId, [place], Prisma.sql`attempts = ${attempts}, retry_at = ${toDate(retryAt)}`);
  }

  async some(tx: Tx, serverId: string, limit: number): Promise<readonly Placement[]> {
    return (await tx.placement.findMany({ where: { serverId }, take: limit })).map(toPlacement);
  }

  async attemptsAt(tx: Tx, serverId: string, { address, port, name }: At): Promise<number> {
    const where = { serverId_ip_port_name: { serverId, ip: address, port, name } };
    return (await tx.placement.findUnique({ where }))?.attempts ?? 0;
  }

  /** They are there, and nothing is bound there any more. */
  async leave(serverId: string, places: readonly At[]): Promise<void> {
    if (places.length > 0) await this.update(this.prisma, serverId, places, Prisma.sql`leaving = true`);
  }

  /** Somebody else has taken them away. Should one come back, it is found as any other. */
  async gone(serverId: string, places: readonly At[]): Promise<void> {
    if (places.length > 0) await this.update(this.prisma, serverId, places, Prisma.sql`leaving = false`);
  }

  /** Those of which that is known and that may be taken away now: the least refused first. */
  async leaving(serverId: string, now: Instant, limit: number): Promise<readonly Placement[]> {
    const rows = await this.prisma.$queryRaw<Found[]>`
      SELECT ${COLUMNS} FROM placements WHERE server_id = ${serverId} AND leaving AND (retry_at IS NULL OR retry_at <= ${toDate(now)})
        AND ${NOTHING_BOUND} ORDER BY attempts, ip, port, name LIMIT ${limit}`;
    return rows.map(toPlacement);
  }

  /** Those of all of the server's where nothing is bound, after one, in order of their places. */
  async unwanted(serverId: string, after: At | undefined, limit: number): Promise<readonly Placement[]> {
    const { address, port, name } = after ?? { address: '', port: 0, name: '' };
    const rows = await this.prisma.$queryRaw<Found[]>`
      SELECT ${COLUMNS} FROM placements WHERE server_id = ${serverId} AND (ip, port, name) > (${address}, ${port}, ${name})
        AND ${NOTHING_BOUND} ORDER BY ip, port, name LIMIT ${limit}`;
    return rows.map(toPlacement);
  }

  /** Servers with something whose failed removal may be tried again. */
  async serversDue(now: Instant): Promise<readonly string[]> {
    const rows = await this.prisma.placement.findMany({
      where: { retryAt: { lte: toDate(now) } },
      distinct: ['serverId'],
      select: { serverId: true },
    });
    return rows.map((row) => row.serverId);
  }

  private async update(tx: Tx, serverId: string, places: readonly At[], set: Prisma.Sql): Promise<void> {
    await tx.$executeRaw`UPDATE placements SET ${set} WHERE ${at(serverId, places)}`;
  }
}

/** Three lists of one length: as many places as there are, in one statement. */
const at = (serverId: string, places: readonly At[]): Prisma.Sql => Prisma.sql`server_id = ${serverId} AND (ip, port, name) IN (
  SELECT * FROM unnest(${places.map(({ address }) => address)}::text[], ${places.map(({ port }) => port)}::int[],
    ${places.map(({ name }) => name)}::text[]))`;

const COLUMNS = Prisma.sql`ip, port, name, start_tls AS "startTls", account_id AS "accountId", attempts, retry_at AS "retryAt"`;
const NOTHING_BOUND = Prisma.sql`NOT EXISTS (
  SELECT 1 FROM bindings WHERE bindings.server_id = placements.server_id AND bindings.ip = placements.ip
    AND bindings.port = placements.port AND bindings.name = placements.name)`;
type Found = Pick<Row, 'ip' | 'port' | 'name' | 'startTls' | 'accountId' | 'attempts' | 'retryAt'>;

const toPlacement = ({ ip, port, name, startTls, accountId, attempts, retryAt }: Found): Placement => ({
  address: ip as IpAddress,
  port,
  name: name as CertificateName,
  ...(startTls !== null && { startTls: startTls as StartTls }),
  accountId: accountId as Id<'account'>,
  attempts,
  ...(retryAt && { retryAt: fromDate(retryAt) }),
});
