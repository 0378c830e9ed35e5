import { Inject, Injectable } from '@nestjs/common';
import { advisesRenewal, ISSUERS, type AdvisesRenewal, type Issuer } from '../../adapters/issuers/issuer.js';
import { Limit } from '../../adapters/limit.js';
import { Claims } from '../../platform/database/claims.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import type { JobHandler, WakeUp } from '../../platform/jobs/queue.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { days, plus, seconds } from '../../values/instant.js';
import type { Asked, StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Orders } from '../orders/orders.service.js';

/** Of one CA, in one round; the rest a minute later. */
const ROUND = 200;
/** Answers are small, and one that is slow does not keep the others waiting. */
const AT_ONCE = 8;
/** Where a CA advises in general, and nothing for this certificate. */
const ASK_AGAIN_AFTER = days(1);

/**
 * Asks one CA when it would like its certificates to be renewed (RFC 9773 4.3). Each CA has a place of its own: one that hangs keeps no
 * other waiting. The first question is asked alone, and a round ends where the CA is away: then it is asked once a minute.
 */
@Injectable()
export class AskAdviceJob implements JobHandler {
  readonly name = 'advice.ask';
  readonly concurrency = 8;

  constructor(
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    private readonly certificates: Certificates,
    private readonly orders: Orders,
    private readonly claims: Claims,
    private readonly jobs: Jobs,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    jobs.register(this);
  }

  /** `id`: of the issuer. */
  async handle({ id }: WakeUp): Promise<void> {
    const issuer = this.issuers.find(({ manifest }) => manifest.id === id);
    if (!issuer || !advisesRenewal(issuer)) return;
    const held = await this.claims.whileHolding(`advice:${id}`, () => this.round(issuer));
    // Somebody else is at it, and may have looked before this wake-up's reason.
    if (!held.held) await this.jobs.sendLater(this.name, { id }, seconds(2));
  }

  private async round(issuer: Issuer & AdvisesRenewal): Promise<void> {
    const due = await this.certificates.adviceDue(issuer.manifest.id, ROUND);
    const superseded = await this.orders.superseded(due.map(({ id }) => id));
    // RFC 9773 4.3: one that has ended, or another one's place was taken by, is asked about no more.
    const ended = (certificate: StoredCertificate) => superseded.has(certificate.id) || this.hasEnded(certificate);
    await this.certificates.endAdvice(due.filter(ended).map(({ id }) => id));
    const [first, ...others] = due.filter((certificate) => !ended(certificate));
    let isThere = first !== undefined && (await this.ask(issuer, first));
    const limit = new Limit(AT_ONCE);
    const ask = async (certificate: Asked) => {
      if (isThere && !(await this.ask(issuer, certificate))) isThere = false;
    };
    await Promise.all(others.map((certificate) => limit.run(() => ask(certificate))));
  }

  private hasEnded({ notAfter, revocation }: StoredCertificate): boolean {
    return notAfter < this.clock.now() || revocation?.revokedAt !== undefined;
  }

  /** Is the CA there for others? */
  private async ask(issuer: AdvisesRenewal, certificate: Asked): Promise<boolean> {
    const told = await issuer.renewalInfo(certificate.chain[0]!);
    if (!told.ok) await this.certificates.putAdviceOff(certificate, told.problem);
    else await this.certificates.keepAdvice(certificate, told.value, told.value?.askAgainAt ?? plus(this.clock.now(), ASK_AGAIN_AFTER));
    return told.ok || !['ISSUER_UNREACHABLE', 'ISSUER_RATE_LIMITED'].includes(told.problem.code);
  }
}
