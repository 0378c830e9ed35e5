import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';

/** Connections of one process: enough for its API calls and workers beside the queue's own. */
const POOL_SIZE = 12;
/** A process that hangs in the middle of a transaction keeps its locks no longer. More than any transaction takes (transaction.ts). */
const LONGEST_IDLE_IN_TRANSACTION_MS = 30_000;

@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(connectionString: string) {
    const idle_in_transaction_session_timeout = LONGEST_IDLE_IN_TRANSACTION_MS;
    super({ adapter: new PrismaPg({ connectionString, max: POOL_SIZE, idle_in_transaction_session_timeout }) });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
