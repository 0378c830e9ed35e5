import { Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { Servers } from '../servers/servers.service.js';
import { Bindings } from './bindings.service.js';

/** A server got an address: its sites shall answer there too. */
@Injectable()
export class SpreadBindingsJob implements JobHandler {
  readonly name = 'address.added';
  readonly concurrency = 1;

  constructor(
    private readonly servers: Servers,
    private readonly bindings: Bindings,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const address = (await this.servers.addressesByIds([id])).get(id);
    if (address) await this.bindings.spread(address.serverId);
  }
}
