import { Injectable } from '@nestjs/common';
import { Prisma, type Deployment as Row, type DeploymentEvent as EventRow } from '../../platform/database/generated/client.js';
import { pagesOfEach } from '../../platform/database/keyset-page.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Problem } from '../../values/problems/problem.js';
import type { Deployment } from './deployment.js';

/** A line of a deployment's timeline. */
export type DeploymentEvent = { readonly at: Instant; readonly step: string; readonly because: string; readonly problem?: Problem };
/** Deleted in one go, with their timelines and handshakes. */
const MOST_FORGOTTEN = 500;

@Injectable()
export class DeploymentsStore {
  constructor(private readonly prisma: PrismaService) {}

  async insert(tx: Tx, deployment: Deployment): Promise<void> {
    await tx.deployment.create({ data: toRow(deployment) });
  }

  async save(tx: Tx, deployment: Deployment): Promise<void> {
    const { id, ...data } = toRow(deployment);
    await tx.deployment.update({ where: { id }, data });
  }

  async addEvent(tx: Tx, deploymentId: string, { at, step, because, problem }: DeploymentEvent): Promise<void> {
    await tx.deploymentEvent.create({ data: { deploymentId, at: toDate(at), step, because, problem: json(problem) } });
  }

  /** The one that is under way on a server: there is never more than one, since the server is claimed. */
  async open(serverId: string): Promise<Deployment | undefined> {
    const row = await this.prisma.deployment.findFirst({ where: { serverId, finishedAt: null }, orderBy: { id: 'asc' } });
    return row ? toDeployment(row) : undefined;
  }

  /** When the newest deployment of the server ended; undefined where there is none, or it is under way. */
  async lastEnd(serverId: string): Promise<Instant | undefined> {
    const row = await this.prisma.deployment.findFirst({ where: { serverId }, orderBy: { id: 'desc' }, select: { finishedAt: true } });
    return row?.finishedAt ? fromDate(row.finishedAt) : undefined;
  }

  async serversWithOpen(): Promise<readonly string[]> {
    const rows = await this.prisma.deployment.findMany({
      where: { finishedAt: null },
      distinct: ['serverId'],
      select: { serverId: true },
    });
    return rows.map((row) => row.serverId);
  }

  /** Some of those that ended before that time. */
  async endedBefore(at: Instant): Promise<readonly string[]> {
    const where = { finishedAt: { lt: toDate(at) } };
    const rows = await this.prisma.deployment.findMany({
      where,
      orderBy: { finishedAt: 'asc' },
      take: MOST_FORGOTTEN,
      select: { id: true },
    });
    return rows.map((row) => row.id);
  }

  async delete(ids: readonly string[]): Promise<void> {
    await this.prisma.deployment.deleteMany({ where: { id: { in: [...ids] } } });
  }

  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Deployment>> {
    const rows = await this.prisma.deployment.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, toDeployment(row)]));
  }

  pagesOfServers(serverIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<Deployment>>> {
    return pagesOfEach(this.prisma, { table: 'deployments', parent: 'server_id' }, serverIds, request, (ids) => this.byIds(ids));
  }

  /** For each binding the deployment that ended last of those that were to change it. */
  async lastEndedOf(bindings: readonly { readonly id: string; readonly serverId: string }[]): Promise<ReadonlyMap<string, Deployment>> {
    const rows = await this.prisma.$queryRaw<{ bindingId: string; id: string }[]>`
      SELECT wanted.id AS "bindingId", ended.id
      FROM unnest(${bindings.map(({ id }) => id)}::text[], ${bindings.map(({ serverId }) => serverId)}::text[]) AS wanted (id, server_id)
      CROSS JOIN LATERAL (
        SELECT id FROM deployments
        WHERE server_id = wanted.server_id AND finished_at IS NOT NULL
          AND changes @> jsonb_build_object('changes', jsonb_build_array(jsonb_build_object('bindingId', wanted.id)))
        ORDER BY id DESC LIMIT 1) AS ended`;
    const deployments = await this.byIds(rows.map((row) => row.id));
    return new Map(rows.map((row) => [row.bindingId, deployments.get(row.id)!]));
  }

  async events(ids: readonly string[]): Promise<ReadonlyMap<string, readonly DeploymentEvent[]>> {
    const rows = await this.prisma.deploymentEvent.findMany({ where: { deploymentId: { in: [...ids] } }, orderBy: { id: 'asc' } });
    const byDeployment = new Map<string, DeploymentEvent[]>(ids.map((id) => [id, []]));
    for (const row of rows) byDeployment.get(row.deploymentId)?.push(toEvent(row));
    return byDeployment;
  }
}

const json = (value: unknown) => (value === undefined ? Prisma.DbNull : (value as Prisma.InputJsonValue));

const toRow = ({ id, serverId, state, generation, changes, removals, problem, createdAt, finishedAt }: Deployment) => ({
  id,
  serverId,
  state,
  generation: generation ?? null,
  changes: { changes, removals } as unknown as Prisma.InputJsonValue,
  problem: json(problem),
  createdAt: toDate(createdAt),
  finishedAt: finishedAt === undefined ? null : toDate(finishedAt),
});

function toDeployment(row: Row): Deployment {
  const { changes, removals } = row.changes as unknown as Pick<Deployment, 'changes' | 'removals'>;
  return {
    id: row.id,
    serverId: row.serverId,
    state: row.state,
    generation: row.generation ?? undefined,
    changes,
    removals,
    problem: (row.problem as Problem | null) ?? undefined,
    createdAt: fromDate(row.createdAt),
    finishedAt: row.finishedAt ? fromDate(row.finishedAt) : undefined,
  } as Deployment;
}

const toEvent = ({ at, step, because, problem }: EventRow): DeploymentEvent =>
  ({ at: fromDate(at), step, because, problem: (problem as Problem | null) ?? undefined }) as DeploymentEvent;
