import { Injectable } from '@nestjs/common';
import { KEY_FAMILIES } from '../../cores/pki/encoding/key-algorithm.js';
import { fromRecord, toRecord } from '../../cores/tls/observation-record.js';
import { Prisma, type Observation as Row } from '../../platform/database/generated/client.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Problem } from '../../values/problems/problem.js';
import { unwrap } from '../../values/result.js';
import type { Outcome, SeenHandshake } from './seen-handshake.js';

/**
 * Rows deleted in one go. At 2,000 bindings looked at in a minute, all of them failing, as many become old in a minute: with less
 * than that, the table would grow.
 */
const MOST_FORGOTTEN = 5_000;

@Injectable()
export class ObservationsStore {
  constructor(private readonly prisma: PrismaService) {}

  async insert(seen: readonly SeenHandshake[]): Promise<void> {
    const rows = seen.map(({ observation, at, problem, fingerprint, bindingId, deploymentId, ...rest }) => ({
      ...rest,
      at: toDate(at),
      bindingId: bindingId ?? null,
      deploymentId: deploymentId ?? null,
      fingerprint: fingerprint ?? null,
      keyFamily: observation.target.keyFamily ?? null,
      record: toRecord(observation) as unknown as Prisma.InputJsonValue,
      problem: problem === undefined ? Prisma.DbNull : (problem as unknown as Prisma.InputJsonValue),
    }));
    await this.prisma.observation.createMany({ data: rows });
  }

  /** The newest of each binding of what strangers see; rehearsals do not count. */
  async newest(bindingIds: readonly string[]): Promise<ReadonlyMap<string, SeenHandshake>> {
    // One index look-up a binding, however many observations it has.
    const ids = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT newest.id FROM unnest(${[...bindingIds]}::text[]) AS wanted(id) CROSS JOIN LATERAL (
        SELECT id FROM observations WHERE binding_id = wanted.id AND occasion <> 'REHEARSAL' ORDER BY id DESC LIMIT 1
      ) AS newest`;
    const rows = await this.prisma.observation.findMany({ where: { id: { in: ids.map((row) => row.id) } } });
    return new Map(rows.map((row) => [row.bindingId!, toSeen(row)]));
  }

  async newestOfPairs(bindingIds: readonly string[]): Promise<readonly SeenHandshake[]> {
    const ids = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT newest.id FROM unnest(${[...bindingIds]}::text[]) AS wanted(id) CROSS JOIN unnest(${[...KEY_FAMILIES]}::text[]) AS of(family)
      CROSS JOIN LATERAL (
        SELECT id FROM observations WHERE binding_id = wanted.id AND key_family = of.family AND occasion <> 'REHEARSAL' ORDER BY id DESC LIMIT 1
      ) AS newest`;
    const rows = await this.prisma.observation.findMany({ where: { id: { in: ids.map((row) => row.id) } } });
    return rows.map(toSeen);
  }

  /** The outcome of those alone: their records are large, and a sweep asks for every binding. */
  async outcomes(bindingIds: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
    const rows = await this.prisma.$queryRaw<{ id: string; at: Date; proven: boolean }[]>`
      SELECT wanted.id, newest.at, newest.proven FROM unnest(${[...bindingIds]}::text[]) AS wanted(id) CROSS JOIN LATERAL (
        SELECT at, problem IS NULL AND (key_family IS NULL OR COALESCE((
          SELECT other.problem IS NULL FROM observations AS other WHERE other.binding_id = wanted.id AND other.occasion <> 'REHEARSAL'
            AND other.key_family <> one.key_family ORDER BY id DESC LIMIT 1), true)) AS proven
        FROM observations AS one WHERE binding_id = wanted.id AND occasion <> 'REHEARSAL' ORDER BY id DESC LIMIT 1
      ) AS newest`;
    return new Map(rows.map(({ id, at, proven }) => [id, { at: fromDate(at), proven }]));
  }

  async ofDeployments(ids: readonly string[]): Promise<ReadonlyMap<string, readonly SeenHandshake[]>> {
    const rows = await this.prisma.observation.findMany({ where: { deploymentId: { in: [...ids] } }, orderBy: { id: 'asc' } });
    const byDeployment = new Map<string, SeenHandshake[]>(ids.map((id) => [id, []]));
    for (const row of rows) byDeployment.get(row.deploymentId!)?.push(toSeen(row));
    return byDeployment;
  }

  /** A check that proved what the one before proved takes its place; one with a problem stays as history. */
  async forgetProvenChecks(bindingIds: readonly string[], before: string): Promise<void> {
    const proven = { occasion: 'CHECK', problem: { equals: Prisma.DbNull } };
    await this.prisma.observation.deleteMany({ where: { ...proven, bindingId: { in: [...bindingIds] }, id: { lt: before } } });
  }

  /** Some of the checks before that time; what a deployment was judged by stays with it. An array, so that each is looked up by its id. */
  async forgetChecksBefore(at: Instant): Promise<void> {
    await this.prisma.$executeRaw`
      DELETE FROM observations WHERE id = ANY(ARRAY(
        SELECT id FROM observations WHERE occasion = 'CHECK' AND at < ${toDate(at)} ORDER BY at LIMIT ${MOST_FORGOTTEN}))`;
  }

  async forgetDeployments(ids: readonly string[]): Promise<void> {
    await this.prisma.observation.deleteMany({ where: { deploymentId: { in: [...ids] } } });
  }
}

const toSeen = ({ at, record, problem, fingerprint, bindingId, deploymentId, keyFamily: _, ...row }: Row): SeenHandshake =>
  ({
    ...row,
    at: fromDate(at),
    observation: unwrap(fromRecord(record)),
    bindingId: bindingId ?? undefined,
    deploymentId: deploymentId ?? undefined,
    fingerprint: fingerprint ?? undefined,
    problem: (problem as Problem | null) ?? undefined,
  }) as SeenHandshake;
