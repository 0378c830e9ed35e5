import { Inject, Injectable } from '@nestjs/common';
import { ISSUERS, issuerWith, type Issuer } from '../../adapters/issuers/issuer.js';
import type { Fenced } from '../../platform/database/transaction.js';
import { FAULT_POINTS, type FaultPoints } from '../../platform/fault-points.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { Instant } from '../../values/instant.js';
import { CATALOGUE } from '../../values/problems/catalogue.js';
import type { Problem } from '../../values/problems/problem.js';
import { ok, type Result } from '../../values/result.js';
import type { StoredCertificate } from '../certificates/certificate.js';
import { Certificates } from '../certificates/certificates.service.js';
import { putOff, refused, revoked, type Revocation } from '../certificates/revocation.js';
import { Revocations } from '../certificates/revocations.service.js';
import { tryAgainAt, type Order, type OrderEvent } from '../orders/order.js';
import { OrderBook } from '../orders/order-book.service.js';

/** Tells a CA what its owner gave up, and writes down what it said: with the certificate, and on the timeline of its order. */
@Injectable()
export class CertificateRevoker {
  constructor(
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    private readonly certificates: Certificates,
    private readonly revocations: Revocations,
    private readonly book: OrderBook,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(FAULT_POINTS) private readonly faults: FaultPoints,
  ) {}

  /** Answers when it is to be called again; undefined where there is nothing to do any more. */
  async carryOut(certificateId: string, order: Order, claim: Fenced): Promise<Instant | undefined> {
    const certificate = (await this.certificates.byIds([certificateId])).get(certificateId);
    const { dueAt } = certificate?.revocation ?? {};
    if (!certificate?.revocation || dueAt === undefined || dueAt > this.clock.now()) return dueAt;
    const { revocation } = certificate;
    const intended = await this.write(claim, order, { phase: 'INTENT', because: 'tell the CA to revoke the certificate' });
    if (!intended.ok) return undefined;
    await this.faults.reached('order.revoke.intended');
    const told = await this.tell(certificate, revocation);
    await this.faults.reached('order.revoke.done');
    const next = told.ok ? revoked(revocation, this.clock.now()) : this.afterFailure(revocation, told.problem);
    const also = { certificateId, revocation: next };
    await (told.ok
      ? this.write(claim, order, { phase: 'DONE', because: `revoked: ${revocation.reason}` }, also)
      : this.write(claim, order, { phase: 'FAILED', because: 'did not work', problem: told.problem }, also));
    await this.faults.reached('order.revoke.written');
    return next.dueAt;
  }

  private async tell({ issuerId, chain }: StoredCertificate, { reason }: Revocation): Promise<Result<void>> {
    const issuer = issuerWith(issuerId, this.issuers);
    return issuer.ok ? issuer.value.revoke(chain[0]!, reason) : issuer;
  }

  private afterFailure(revocation: Revocation, cause: Problem): Revocation {
    const again = tryAgainAt(revocation.attempts + 1, cause, this.clock.now());
    return CATALOGUE[cause.code].retryable ? putOff(revocation, cause, again) : refused(revocation, cause);
  }

  private async write(
    claim: Fenced,
    order: Order,
    event: Pick<OrderEvent, 'phase' | 'because' | 'problem'>,
    outcome?: { readonly certificateId: string; readonly revocation: Revocation },
  ): Promise<Result<void>> {
    const done = outcome?.revocation.state === 'REVOKED';
    // The key stays: servers may still have to show the certificate.
    const after: Order = done && order.state === 'ISSUED' ? { ...order, state: 'REVOKED' } : order;
    const written = await this.book.advance(claim, order, async (tx) => {
      if (outcome) await this.revocations.write(tx, outcome.certificateId, outcome.revocation);
      return { order: after, events: [{ ...event, at: this.clock.now(), step: 'revoke' }] };
    });
    return written.ok ? ok(undefined) : written;
  }
}
