import { Inject, Injectable } from '@nestjs/common';
import type { RevocationReason } from '../../cores/pki/revocation/revocation-reason.js';
import type { Tx } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { parseId, type Id } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import { problem } from '../../values/problems/problem.js';
import { allFields, err, ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import type { StoredCertificate } from './certificate.js';
import { CertificatesStore } from './certificates.store.js';
import { request, type Revocation } from './revocation.js';
import { ServedCertificates } from './served-certificates.service.js';

export type RevokeInput = { certificateId: string; reason: RevocationReason; evenIfServed?: boolean | null };
type Revoke = { readonly certificateId: Id<'certificate'>; readonly reason: RevocationReason; readonly evenIfServed: boolean };

/** What callers ask to be believed no longer. A worker tells the CA. */
@Injectable()
export class Revocations {
  constructor(
    private readonly store: CertificatesStore,
    private readonly access: Access,
    private readonly mutations: Mutations,
    private readonly served: ServedCertificates,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** CERTIFICATE_SERVED where it is in use, unless that is meant. Asking again changes nothing, but after a refusal of the CA. */
  async request(actor: Actor, input: RevokeInput, key: string): Promise<Result<{ certificate: StoredCertificate; replayed: boolean }>> {
    const command: Result<Revoke> = allFields({
      certificateId: parseId('certificate', input.certificateId),
      reason: ok(input.reason),
      evenIfServed: ok(input.evenIfServed ?? false),
    });
    const allow = ({ certificateId }: Revoke) => this.access.require(actor, 'WRITE_ORDERS', 'certificate', [certificateId]);
    const done = await this.mutations.run({ by: actor, action: 'certificate.revoke', key, input: command, allow }, async (tx, wanted) => {
      const { certificateId: id, reason, evenIfServed } = wanted;
      const { revocation: before, issuerId } = (await this.store.lock(tx, id, { share: false }))!;
      if ((await this.store.broughtTo(id)).length > 0) return err(problem('ISSUER_UNKNOWN', { issuer: issuerId }, { subject: id }));
      const after = request(before, reason, this.clock.now());
      if (after === before) return ok(id);
      const places = evenIfServed ? [] : await this.served.placesOf(tx, id);
      if (places.length > 0) return err(problem('CERTIFICATE_SERVED', { places: places.join(', ') }, { subject: id }));
      await this.served.dropFromPairs(tx, id);
      await this.store.writeRevocation(tx, id, after);
      await this.queue.send('certificate.revoke', { id }, { tx });
      return ok(id);
    });
    if (!done.ok) return done;
    return ok({ certificate: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  /** Certificates whose CA has to be told now; those first that wait longest. */
  due(now: Instant, limit: number): Promise<readonly string[]> {
    return this.store.revocationsDue(now, limit);
  }

  /** A worker's outcome. */
  write(tx: Tx, id: string, revocation: Revocation): Promise<void> {
    return this.store.writeRevocation(tx, id, revocation);
  }
}
