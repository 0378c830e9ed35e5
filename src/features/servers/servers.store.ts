import { Injectable } from '@nestjs/common';
import type { Id } from '../../values/id.js';
import { fromDate, toDate } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Page, PageRequest } from '../../values/page.js';
import { Prisma, type Address as AddressRow, type Server as ServerRow } from '../../platform/database/generated/client.js';
import { afterCursor, keyset, toPage } from '../../platform/database/keyset-page.js';
import { ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { isWeb, type Address, type MailPort, type WebAddress } from './address.js';
import type { Server, ServerKind } from './server.js';

@Injectable()
export class ServersStore {
  constructor(private readonly prisma: PrismaService) {}

  /** False where that server of that machine is registered. */
  async insert(tx: Tx, server: Server): Promise<boolean> {
    return (await tx.server.createMany({ data: [{ ...server, createdAt: toDate(server.createdAt) }], skipDuplicates: true })).count === 1;
  }

  async edge(): Promise<Server | undefined> {
    const row = await this.prisma.server.findFirst({ where: { kind: 'EMBEDDED_EDGE' satisfies ServerKind } });
    return row ? toServer(row) : undefined;
  }

  /** False where the server has that IP address. */
  async insertAddress(tx: Tx, address: Address): Promise<boolean> {
    return (await tx.address.createMany({ data: [toRow(address)], skipDuplicates: true })).count === 1;
  }

  /** Nobody else changes a server's addresses until the transaction ends; with `share`, nobody does, and others may rely on them too. */
  async lock(tx: Tx, serverId: string, { share }: { share: boolean }): Promise<void> {
    await tx.$queryRaw`SELECT 1 FROM servers WHERE id = ${serverId} ${Prisma.raw(share ? 'FOR SHARE' : 'FOR UPDATE')}`;
  }

  /** Adds the address, or gives the one that is there its ports; it is the configuration's from now on. */
  async configureAddress(tx: Tx, address: WebAddress): Promise<void> {
    const { serverId, ip, httpPort, httpsPort } = address;
    await tx.address.upsert({
      where: { serverId_ip: { serverId, ip } },
      create: { ...address, configured: true },
      update: { httpPort, httpsPort, configured: true },
    });
  }

  async configuredAddresses(serverId: string): Promise<readonly Address[]> {
    return (await this.prisma.address.findMany({ where: { serverId, configured: true } })).map(toAddress);
  }

  async deleteAddresses(tx: Tx, ids: readonly string[]): Promise<void> {
    await tx.address.deleteMany({ where: { id: { in: [...ids] } } });
  }

  async ids(): Promise<readonly Id<'server'>[]> {
    const rows = await this.prisma.server.findMany({ orderBy: { id: 'asc' }, select: { id: true } });
    return rows.map(({ id }) => id as Id<'server'>);
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Server>> {
    const rows = await tx.server.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toServer(row)]));
  }

  /** Locks servers against all who change or rely on what they are, in the order of their ids: of two who lock several, one waits. */
  async lockAll(tx: Tx, ids: readonly string[], { share }: { share: boolean }): Promise<void> {
    for (const id of [...new Set(ids)].sort()) await this.lock(tx, id, { share });
  }

  /** By pool, oldest first. */
  async membersOf(poolIds: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, readonly Server[]>> {
    const rows = await tx.server.findMany({ where: { poolId: { in: [...poolIds] } }, orderBy: { id: 'asc' } });
    const members = Map.groupBy(rows.map(toServer), ({ poolId }): string => poolId!);
    return new Map(poolIds.map((id) => [id, members.get(id) ?? []]));
  }

  /** Undefined: of none any more. */
  async setPool(tx: Tx, serverId: string, poolId: string | undefined): Promise<void> {
    await tx.server.update({ where: { id: serverId }, data: { poolId: poolId ?? null } });
  }

  /** With its addresses. */
  async delete(tx: Tx, id: string): Promise<void> {
    await tx.address.deleteMany({ where: { serverId: id } });
    await tx.server.delete({ where: { id } });
  }

  async addressesByIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Address>> {
    const rows = await tx.address.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toAddress(row)]));
  }

  async addressesOf(serverIds: readonly string[], tx: Tx = this.prisma): Promise<readonly Address[]> {
    const rows = await tx.address.findMany({ where: { serverId: { in: [...serverIds] } }, orderBy: { id: 'asc' } });
    return rows.map(toAddress);
  }

  /**
   * The oldest server of these accounts, or the named one if it is theirs; one first that has room: an address which `accountId` may use, or
   * none yet.
   */
  async firstOf(
    accountIds: readonly string[],
    { id, accountId }: { readonly id: string | undefined; readonly accountId: string },
    tx: Tx = this.prisma,
  ): Promise<{ readonly server: Server; readonly hasRoom: boolean } | undefined> {
    const named = id === undefined ? Prisma.empty : Prisma.sql`AND servers.id = ${id}`;
    const [first] = await tx.$queryRaw<{ id: string; hasRoom: boolean }[]>`
      SELECT servers.id, count(addresses.id) = 0 OR bool_or(coalesce(dedicated_to, ${accountId}) = ${accountId}) AS "hasRoom"
      FROM servers LEFT JOIN addresses ON server_id = servers.id
      WHERE account_id = ANY(${[...accountIds]}) ${named} GROUP BY servers.id ORDER BY "hasRoom" DESC, servers.id LIMIT 1`;
    if (!first) return undefined;
    const row = await tx.server.findUniqueOrThrow({ where: { id: first.id } });
    return { server: toServer(row), hasRoom: first.hasRoom };
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'servers', ids);
  }

  async pageOf(accountIds: readonly string[], request: PageRequest): Promise<Page<Server>> {
    const where = { ...afterCursor(request), accountId: { in: [...accountIds] } };
    return toPage((await this.prisma.server.findMany({ where, ...keyset(request) })).map(toServer), request);
  }
}

const toServer = ({ id, accountId, name, kind, hostId, nameOnHost, serving, poolId, createdAt }: ServerRow): Server => ({
  id: id as Id<'server'>,
  accountId: accountId as Id<'account'>,
  name,
  kind: kind as ServerKind,
  ...(hostId !== null && { hostId: hostId as Id<'host'> }),
  nameOnHost,
  serving: serving as Server['serving'],
  ...(poolId !== null && { poolId: poolId as Id<'pool'> }),
  createdAt: fromDate(createdAt),
});

function toAddress({ id, serverId, ip, httpPort, httpsPort, mailPorts, dedicatedTo }: AddressRow): Address {
  const place = {
    id: id as Id<'address'>,
    serverId: serverId as Id<'server'>,
    ip: ip as IpAddress,
    ...(dedicatedTo !== null && { dedicatedTo: dedicatedTo as Id<'account'> }),
  };
  if (httpPort !== null && httpsPort !== null) return { ...place, httpPort, httpsPort };
  return { ...place, mailPorts: mailPorts as unknown as readonly MailPort[] };
}

const toRow = (address: Address) => (isWeb(address) ? address : { ...address, mailPorts: [...address.mailPorts] });
