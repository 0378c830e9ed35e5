import { Injectable } from '@nestjs/common';
import type { Id } from '../../values/id.js';
import { fromDate, toDate } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Address as AddressRow, Server as ServerRow } from '../../platform/database/generated/client.js';
import { afterCursor, keyset, toPage } from '../../platform/database/keyset-page.js';
import { ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Address, Server, ServerKind } from './server.js';

@Injectable()
export class ServersStore {
  constructor(private readonly prisma: PrismaService) {}

  async insert(tx: Tx, server: Server): Promise<void> {
    await tx.server.create({ data: { ...server, createdAt: toDate(server.createdAt) } });
  }

  /** False where the server has that IP address. */
  async insertAddress(tx: Tx, address: Address): Promise<boolean> {
    return (await tx.address.createMany({ data: [address], skipDuplicates: true })).count === 1;
  }

  /** Adds the address, or gives the one that is there its ports. */
  async upsertAddress(address: Address): Promise<Address> {
    const { serverId, ip, httpPort, httpsPort } = address;
    const row = await this.prisma.address.upsert({
      where: { serverId_ip: { serverId, ip } },
      create: address,
      update: { httpPort, httpsPort },
    });
    return toAddress(row);
  }

  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Server>> {
    const rows = await this.prisma.server.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toServer(row)]));
  }

  async addressesByIds(ids: readonly string[]): Promise<ReadonlyMap<string, Address>> {
    const rows = await this.prisma.address.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toAddress(row)]));
  }

  async addressesOf(serverIds: readonly string[]): Promise<readonly Address[]> {
    const rows = await this.prisma.address.findMany({ where: { serverId: { in: [...serverIds] } }, orderBy: { id: 'asc' } });
    return rows.map(toAddress);
  }

  /** The oldest server of these accounts, or the named one if it is theirs. */
  async firstOf(accountIds: readonly string[], id: string | undefined, tx: Tx = this.prisma): Promise<Server | undefined> {
    const where = { accountId: { in: [...accountIds] }, ...(id !== undefined && { id }) };
    const row = await tx.server.findFirst({ where, orderBy: { id: 'asc' } });
    return row ? toServer(row) : undefined;
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'servers', ids);
  }

  async pageOf(accountIds: readonly string[], request: PageRequest): Promise<Page<Server>> {
    const where = { ...afterCursor(request), accountId: { in: [...accountIds] } };
    return toPage((await this.prisma.server.findMany({ where, ...keyset(request) })).map(toServer), request);
  }
}

const toServer = ({ id, accountId, name, kind, createdAt }: ServerRow): Server => ({
  id: id as Id<'server'>,
  accountId: accountId as Id<'account'>,
  name,
  kind: kind as ServerKind,
  createdAt: fromDate(createdAt),
});

const toAddress = ({ id, serverId, ip, httpPort, httpsPort }: AddressRow): Address => ({
  id: id as Id<'address'>,
  serverId: serverId as Id<'server'>,
  ip: ip as IpAddress,
  httpPort,
  httpsPort,
});
