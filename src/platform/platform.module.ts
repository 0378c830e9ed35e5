import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CLOCK, type Clock } from '../values/clock.js';
import type { Duration } from '../values/instant.js';
import { RANDOM, type Random } from '../values/random.js';
import type { Secret } from '../values/secret.js';
import { Audit } from './audit/audit.service.js';
import { CLAIM_SETTINGS, Claims, type ClaimSettings } from './database/claims.js';
import { MemberStates } from './member-state/member-state.store.js';
import { PrismaService } from './database/prisma.service.js';
import { Transactions } from './database/transaction.js';
import { FAULT_POINTS, type FaultPoints } from './fault-points.js';
import { BESIDE_EDGE, Jobs, QUEUE_DATABASE_URL } from './jobs/jobs.service.js';
import { QUEUE } from './jobs/queue.js';
import { LOG, type Log } from './log/log.js';
import { ForgetCallsJob } from './mutations/forget-calls.job.js';
import { Mutations } from './mutations/mutations.service.js';
import type { VaultKeys } from './vault/key-file.js';
import { VAULT_KEYS, Vault } from './vault/vault.service.js';

/** What the process stands on. Made outside and handed in, so that a test brings its own clock and a process its own log. */
export type PlatformParts = {
  /** Holds the password: opened here only. */
  readonly databaseUrl: Secret;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly faults: FaultPoints;
  readonly vaultKeys: VaultKeys;
  /** Unique to this process: who holds a claim. */
  readonly holder: string;
  readonly claimLease: Duration;
  /** Does this process do its jobs on the machine of the embedded edge? */
  readonly besideEdge: boolean;
};

@Global()
@Module({})
export class PlatformModule {
  static with(parts: PlatformParts): DynamicModule {
    const databaseUrl = parts.databaseUrl.revealText();
    const settings: ClaimSettings = { holder: parts.holder, lease: parts.claimLease };
    const values = [
      { provide: CLOCK, useValue: parts.clock },
      { provide: RANDOM, useValue: parts.random },
      { provide: LOG, useValue: parts.log },
      { provide: FAULT_POINTS, useValue: parts.faults },
      { provide: VAULT_KEYS, useValue: parts.vaultKeys },
      { provide: CLAIM_SETTINGS, useValue: settings },
      { provide: QUEUE_DATABASE_URL, useValue: databaseUrl },
      { provide: BESIDE_EDGE, useValue: parts.besideEdge },
      { provide: PrismaService, useFactory: () => new PrismaService(databaseUrl) },
      { provide: QUEUE, useExisting: Jobs },
    ];
    const services = [Transactions, Claims, Vault, Audit, Mutations, Jobs, ForgetCallsJob, MemberStates];
    return { module: PlatformModule, providers: [...values, ...services], exports: [...values, ...services] };
  }
}
