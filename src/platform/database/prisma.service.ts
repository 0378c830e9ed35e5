import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';

/** Connections of one process: enough for its API calls and workers beside the queue's own. */
const POOL_SIZE = 12;

@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(connectionString: string) {
    super({ adapter: new PrismaPg({ connectionString, max: POOL_SIZE }) });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
