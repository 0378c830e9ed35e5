import { Injectable } from '@nestjs/common';
import type { SshPublicKey } from '../../cores/ssh/public-key.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Problem } from '../../values/problems/problem.js';
import { Prisma, type Host as HostRow } from '../../platform/database/generated/client.js';
import { toPage } from '../../platform/database/keyset-page.js';
import { ownedIds, ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Host, HostState } from './host.js';

@Injectable()
export class HostsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** False where there is one at that address and port, for that user. */
  async insert(tx: Tx, host: Host): Promise<boolean> {
    return (await tx.host.createMany({ data: [toRow(host)], skipDuplicates: true })).count === 1;
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, Host>> {
    const rows = await tx.host.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toHost(row)]));
  }

  /** It stays as it is until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<Host | undefined> {
    await tx.$queryRaw`SELECT 1 FROM hosts WHERE id = ${id} FOR UPDATE`;
    return (await this.byIds([id], tx)).get(id);
  }

  async write(tx: Tx, host: Host): Promise<void> {
    await tx.host.update({ where: { id: host.id }, data: toRow(host) });
  }

  /** Some that are pinned, behind that id. */
  async pinned(after: string, size: number): Promise<readonly Host[]> {
    const where = { id: { gt: after }, hostKey: { not: null } };
    return (await this.prisma.host.findMany({ where, orderBy: { id: 'asc' }, take: size })).map(toHost);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'hosts', ids);
  }

  async pageBelow(path: string, request: PageRequest): Promise<Page<Host>> {
    const ids = await ownedIds(this.prisma, 'hosts', path, request);
    return toPage([...(await this.byIds(ids)).values()], request);
  }
}

const toHost = ({ accountId, address, hostKey, publicKey, keyItemId, createdAt, state, stateAt, problem, ...row }: HostRow): Host => ({
  ...row,
  id: row.id as Id<'host'>,
  accountId: accountId as Id<'account'>,
  address: address as IpAddress,
  hostKey: hostKey as SshPublicKey | null,
  publicKey: publicKey as SshPublicKey,
  keyItemId: keyItemId as Id<'vault'>,
  createdAt: fromDate(createdAt),
  state: state as HostState,
  stateAt: fromDate(stateAt),
  problem: problem as unknown as Problem | null,
});

const toRow = ({ createdAt, stateAt, problem, ...host }: Host) => ({
  ...host,
  createdAt: toDate(createdAt),
  stateAt: toDate(stateAt),
  problem: problem === null ? Prisma.DbNull : (problem as unknown as Prisma.InputJsonValue),
});
