import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { ServersModule } from '../servers/servers.module.js';
import { SitesModule } from '../sites/sites.module.js';
import { AdvanceMoveJob } from './advance-move.job.js';
import { MoveBook } from './move-book.service.js';
import { MovesResolver } from './moves.resolver.js';
import { Moves } from './moves.service.js';
import { MovesStore } from './moves.store.js';
import { SweepMovesJob } from './sweep-moves.job.js';

@Module({
  imports: [HealthModule, ServersModule, SitesModule],
  providers: [MovesStore, MoveBook, Moves, AdvanceMoveJob, SweepMovesJob, MovesResolver],
})
export class MovesModule {}
