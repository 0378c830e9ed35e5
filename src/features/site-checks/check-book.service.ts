import { Inject, Injectable } from '@nestjs/common';
import type { Diagnosis } from '../../cores/tls/diagnosis/diagnosis.js';
import type { SiteCheck } from '../../cores/tls/check/site-check.js';
import { Transactions, type Fenced, type Tx } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { CertificateName } from '../../values/hostname.js';
import { newId } from '../../values/id.js';
import { plus, type Duration } from '../../values/instant.js';
import { RANDOM, type Random } from '../../values/random.js';
import { ok, type Result } from '../../values/result.js';
import { extentOf } from '../findings/finding.js';
import { Findings } from '../findings/findings.service.js';
import type { Site } from '../sites/site.js';
import type { CheckOccasion, KeptCheck } from './kept-check.js';
import { SiteChecksStore } from './site-checks.store.js';

export type Checked = { readonly found: SiteCheck; readonly diagnoses: readonly Diagnosis[]; readonly wasFine: boolean };
const NOW = 0 as Duration;

/** What is written of a check: that it is to be made, that it is begun, and what it found, with its findings in one transaction. */
@Injectable()
export class CheckBook {
  constructor(
    private readonly store: SiteChecksStore,
    private readonly findings: Findings,
    private readonly transactions: Transactions,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** Of one name; the one that waits already, where there is one. `after`: not before that span is over. */
  async open(tx: Tx, site: Site, name: CertificateName, occasion: CheckOccasion, after = NOW): Promise<string> {
    const now = this.clock.now();
    const { id: siteId, accountId } = site;
    const fresh = { id: newId('check', now, this.random), accountId, siteId, name, occasion, createdAt: now, dueAt: plus(now, after) };
    const id = await this.store.insertOnce(tx, fresh);
    await this.queue.send('check.run', { id }, { tx, ...(after > 0 && { after }) });
    return id;
  }

  /** Of the main name, and of those of which something is wrong: only a check of a name ends what one of it found. */
  async openAll(tx: Tx, site: Site, occasion: CheckOccasion, after = NOW): Promise<readonly string[]> {
    const [main] = site.names;
    const suspects = (await this.findings.openNames([site.id])).get(site.id) ?? [];
    const names = new Set([main!, ...suspects.filter((name) => site.names.includes(name))]);
    const ids: string[] = [];
    for (const name of names) ids.push(await this.open(tx, site, name, occasion, after));
    return ids;
  }

  start({ id }: KeptCheck, claim: Fenced): Promise<Result<void>> {
    return this.transactions.run(async (tx) => ok(await this.store.start(tx, id, this.clock.now())), claim);
  }

  finish(check: KeptCheck, { found, diagnoses, wasFine }: Checked, claim: Fenced): Promise<Result<void>> {
    const { id, siteId, accountId, name } = check;
    return this.transactions.run(async (tx) => {
      const extent = extentOf(found);
      const fine = extent === 'WHOLE' && !diagnoses.some(({ severity }) => severity === 'BROKEN');
      await this.store.finish(tx, id, this.clock.now(), { found, fine });
      await this.store.forgetMoreThanMany(tx, siteId);
      await this.findings.settle(tx, { site: { id: siteId, accountId }, name, diagnoses, extent, wasFine });
      await this.queue.send('check.done', { id }, { tx });
      return ok(undefined);
    }, claim);
  }
}
