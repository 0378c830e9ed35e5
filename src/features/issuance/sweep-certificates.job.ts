import { Inject, Injectable } from '@nestjs/common';
import { advisesRenewal, ISSUERS, type Issuer } from '../../adapters/issuers/issuer.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { QUEUE, type JobHandler, type Queue } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { Revocations } from '../certificates/revocations.service.js';

/** Revocations woken in one round; the rest a minute later. */
const ROUND = 200;

/** Has each CA asked for its advice, and told what is to be revoked: nothing is forgotten because one wake-up was lost. */
@Injectable()
export class SweepCertificatesJob implements JobHandler {
  readonly name = 'certificate.sweep';
  readonly concurrency = 1;
  readonly everyMinute = true;

  constructor(
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    private readonly revocations: Revocations,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle(): Promise<void> {
    for (const { manifest } of this.issuers.filter(advisesRenewal)) await this.queue.send('advice.ask', { id: manifest.id });
    for (const id of await this.revocations.due(this.clock.now(), ROUND)) await this.queue.send('certificate.revoke', { id });
  }
}
