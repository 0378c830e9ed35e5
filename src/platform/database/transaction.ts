/**
 * The one way into a transaction. Prisma rolls back on a throw only; here an Err rolls back as well.
 * With a `claim`, the transaction commits only while the claim's fence is the newest: the late write of a worker that was
 * replaced is refused with CLAIM_LOST.
 */
import { Injectable } from '@nestjs/common';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, type Result } from '../../values/result.js';
import { Prisma } from './generated/client.js';
import { PrismaService } from './prisma.service.js';

export type Tx = Prisma.TransactionClient;
export type Fenced = { readonly resource: string; readonly fence: bigint };

class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

@Injectable()
export class Transactions {
  constructor(private readonly prisma: PrismaService) {}

  async run<T>(work: (tx: Tx) => Promise<Result<T>>, claim?: Fenced): Promise<Result<T>> {
    try {
      return await this.prisma.$transaction(
        async (tx) => {
          if (claim && !(await holds(tx, claim))) throw new Refused(problem('CLAIM_LOST', { resource: claim.resource }));
          const result = await work(tx);
          if (!result.ok) throw new Refused(result.problem);
          return result;
        },
        // A burst of orders queues for connections; a caller that waits is better off than one that is told "our fault".
        { maxWait: 20_000, timeout: 20_000 },
      );
    } catch (error) {
      if (error instanceof Refused) return err(error.problem);
      throw error;
    }
  }
}

const holds = async (tx: Tx, claim: Fenced): Promise<boolean> => (await tx.$queryRaw<unknown[]>(heldBy(claim))).length === 1;

/**
 * One row while the claim's fence is the newest, locked against a taking-over until the transaction ends. For a store that writes in a
 * single statement, which is a transaction of its own.
 */
export const heldBy = ({ resource, fence }: Fenced): Prisma.Sql =>
  Prisma.sql`SELECT 1 FROM claims WHERE resource = ${resource} AND fence = ${fence} FOR SHARE`;
