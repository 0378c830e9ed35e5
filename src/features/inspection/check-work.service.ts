import { Inject, Injectable } from '@nestjs/common';
import type { Fenced } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { CheckBook } from '../site-checks/check-book.service.js';
import { CheckProgress } from '../site-checks/check-progress.service.js';
import type { KeptCheck } from '../site-checks/kept-check.js';
import { Sites } from '../sites/sites.service.js';
import { Evidence } from './evidence.service.js';
import { PlacesChecker } from './places-checker.service.js';

/** Longest that a check of all places of a name may take: what is not known by then is left unknown. Below what the queue gives a job. */
const LONGEST_MS = 150_000;

/** Looks, judges, and writes down. */
@Injectable()
export class CheckWork {
  constructor(
    private readonly sites: Sites,
    private readonly places: PlacesChecker,
    private readonly evidence: Evidence,
    private readonly progress: CheckProgress,
    private readonly book: CheckBook,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async make(check: KeptCheck, claim: Fenced): Promise<void> {
    const site = (await this.sites.byIds([check.siteId])).get(check.siteId);
    if (!site) return;
    const started = await this.book.start(check, claim);
    if (!started.ok) return;
    const wasFine = await this.evidence.wasFine(check);
    const report = this.progress.reporter(check.id);
    const options = { onProgress: report.next, signal: AbortSignal.timeout(LONGEST_MS) };
    const checks = await this.places.check(site, check.name, options);
    await report.end();
    const diagnoses = await this.evidence.diagnose(site, check.name, checks, this.clock.now());
    await this.book.finish(check, { found: checks[0], diagnoses, wasFine }, claim);
  }
}
