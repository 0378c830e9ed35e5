import { Inject, Injectable } from '@nestjs/common';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { LOG, type Log } from '../../platform/log/log.js';
import { Alarms } from './alarms.service.js';

/** A site broke, or is fine again: the log of the platform has it at once. */
@Injectable()
export class TellAlarmJob implements JobHandler {
  readonly name = 'site.alarm';
  readonly concurrency = 1;

  constructor(
    private readonly alarms: Alarms,
    @Inject(LOG) private readonly log: Log,
    jobs: Jobs,
  ) {
    jobs.register(this);
  }

  async handle({ id }: WakeUp): Promise<void> {
    const alarm = (await this.alarms.byIds([id])).get(id);
    if (!alarm) return;
    const facts = { alarm: id, site: alarm.siteId, name: alarm.name, cause: alarm.diagnosis.cause };
    if (alarm.endedAt === undefined) this.log.warn(facts, 'a site that was fine is broken');
    else this.log.info(facts, 'a site that was broken is fine again');
  }
}
