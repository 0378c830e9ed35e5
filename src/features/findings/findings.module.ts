import { Module } from '@nestjs/common';
import { SitesModule } from '../sites/sites.module.js';
import { Alarms } from './alarms.service.js';
import { AlarmsStore } from './alarms.store.js';
import { AlarmsResolver, FindingsResolver, SiteFindingsResolver } from './findings.resolver.js';
import { Findings } from './findings.service.js';
import { FindingsStore } from './findings.store.js';
import { ForgetSiteJob } from './forget-site.job.js';
import { PruneFindingsJob } from './prune-findings.job.js';
import { TellAlarmJob } from './tell-alarm.job.js';

@Module({
  imports: [SitesModule],
  providers: [
    ...[FindingsStore, AlarmsStore, Findings, Alarms],
    ...[TellAlarmJob, PruneFindingsJob, ForgetSiteJob],
    ...[FindingsResolver, AlarmsResolver, SiteFindingsResolver],
  ],
  exports: [Findings],
})
export class FindingsModule {}
