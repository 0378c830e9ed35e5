import { Module } from '@nestjs/common';
import { FindingsModule } from '../findings/findings.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { RepairAccess } from './repair-access.service.js';
import { RepairBook } from './repair-book.service.js';
import { RepairCheckedJob } from './repair-checked.job.js';
import { FindingRepairsResolver, RepairsResolver } from './repairs.resolver.js';
import { Repairs } from './repairs.service.js';
import { RepairsStore } from './repairs.store.js';
import { SweepRepairsJob } from './sweep-repairs.job.js';

@Module({
  imports: [FindingsModule, SitesModule],
  providers: [RepairsStore, Repairs, RepairAccess, RepairBook, RepairCheckedJob, SweepRepairsJob, RepairsResolver, FindingRepairsResolver],
  exports: [RepairBook],
})
export class RepairsModule {}
