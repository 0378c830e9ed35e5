import { Inject, Injectable } from '@nestjs/common';
import type { CertificateFiles } from '../../adapters/installers/installer.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, parseId, type Id } from '../../values/id.js';
import { daysUntil, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Vault } from '../../platform/vault/vault.service.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { chainPem, type StoredCertificate } from './certificate.js';
import { parseCertificateFilter, type CertificateFilterInput } from './certificate-filter.js';
import { CertificatesStore } from './certificates.store.js';

/** Certificates and their keys. Nothing here judges a certificate: whoever keeps one has checked it. */
@Injectable()
export class Certificates implements OwnershipLoader {
  readonly kind = 'certificate';

  constructor(
    private readonly store: CertificatesStore,
    private readonly access: Access,
    private readonly vault: Vault,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    access.register(this);
  }

  /** Keeping the same certificate twice is fine: the id is that of the first time. */
  async keep(tx: Tx, certificate: Omit<StoredCertificate, 'id' | 'createdAt'>): Promise<Id<'certificate'>> {
    const now = this.clock.now();
    const kept = await this.store.insertOnce(tx, { ...certificate, id: newId('certificate', now, this.random), createdAt: now });
    // One certificate has one key, and one vault item holds it: another owner's would mean that its key was not checked.
    if (kept.accountId !== certificate.accountId) throw new Error(`certificate ${kept.id} is another account's`);
    return kept.id;
  }

  byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, StoredCertificate>> {
    return this.store.byIds(ids, tx);
  }

  /** What a server needs to present them: the chain and the opened key, or why it does not open. For installers only. */
  async files(ids: readonly string[]): Promise<ReadonlyMap<string, Result<CertificateFiles>>> {
    const certificates = [...(await this.store.byIds(ids)).values()];
    return new Map(
      await Promise.all(
        certificates.map(async ({ id, fingerprint, chain, keyItemId }): Promise<[string, Result<CertificateFiles>]> => {
          const key = await this.vault.tryOpen(keyItemId);
          return [id, key.ok ? ok({ fingerprint, chain: chainPem(chain), key: key.value }) : key];
        }),
      ),
    );
  }

  daysLeft(notAfter: Instant): number {
    return daysUntil(notAfter, this.clock.now());
  }

  async one(actor: Actor, id: string): Promise<Result<StoredCertificate>> {
    const parsed = parseId('certificate', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'certificate', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  /** Those of the actor and of all accounts below. */
  async page(actor: Actor, request: Result<PageRequest>, input: CertificateFilterInput = {}): Promise<Result<Page<StoredCertificate>>> {
    if (!request.ok) return request;
    const filter = parseCertificateFilter(input);
    if (!filter.ok) return err(about('filter', filter.problem));
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pageBelow(actor.accountPath, request.value, filter.value)) : allowed;
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }
}
