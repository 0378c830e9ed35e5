import { Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { AddressBindings } from './address-bindings.service.js';

/** The addresses of a server have changed: its sites shall answer where it listens now, and nowhere else. */
@Injectable()
export class FollowAddressesJob implements JobHandler {
  readonly name = 'addresses.changed';
  readonly concurrency = 1;

  constructor(
    private readonly bindings: AddressBindings,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    await this.bindings.follow(id);
  }
}
