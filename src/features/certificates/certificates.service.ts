import { Inject, Injectable } from '@nestjs/common';
import type { CertificateFiles } from '../../adapters/installers/installer.js';
import type { RenewalAdvice } from '../../adapters/issuers/issuer.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, parseId, type Id } from '../../values/id.js';
import { daysUntil, instant, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about, type Problem } from '../../values/problems/problem.js';
import { fraction, RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Vault } from '../../platform/vault/vault.service.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import { chainPem, type Asked, type CertificateOutline, type StoredCertificate } from './certificate.js';
import { parseCertificateFilter, type CertificateFilterInput } from './certificate-filter.js';
import { CertificatesStore } from './certificates.store.js';
import { advised, askAgainAfter } from './renewal.js';

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
    @Inject(QUEUE) private readonly queue: Queue,
  ) {
    access.register(this);
  }

  /** Keeping the same certificate twice is fine: the id is that of the first time. `isAdvised`: its CA advises when to renew, and is asked at once. */
  async keep(tx: Tx, certificate: Omit<StoredCertificate, 'id' | 'createdAt'>, isAdvised = false): Promise<Id<'certificate'>> {
    const now = this.clock.now();
    const fresh = { ...certificate, id: newId('certificate', now, this.random), createdAt: now };
    const kept = await this.store.insertOnce(tx, fresh, isAdvised ? now : undefined);
    if (isAdvised) await this.queue.send('advice.ask', { id: certificate.issuerId }, { tx });
    // One certificate has one key, and one vault item holds it: another owner's would mean that its key was not checked.
    if (kept.accountId !== certificate.accountId) throw new Error(`certificate ${kept.id} is another account's`);
    return kept.id;
  }

  byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, StoredCertificate>> {
    return this.store.byIds(ids, tx);
  }

  outlines(ids: readonly string[]): Promise<ReadonlyMap<string, CertificateOutline>> {
    return this.store.outlines(ids);
  }

  /** It is not revoked until the transaction ends. */
  lock(tx: Tx, id: string): Promise<StoredCertificate | undefined> {
    return this.store.lock(tx, id, { share: true });
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

  /** Those about which this CA is to be asked now, the longest overdue first. */
  adviceDue(issuerId: string, limit: number): Promise<readonly Asked[]> {
    return this.store.adviceDue(issuerId, this.clock.now(), limit);
  }

  /** What the CA said; undefined where it has no advice: what it said before stays. */
  async keepAdvice({ id, notAfter, advice: before }: Asked, told: RenewalAdvice | undefined, askAgainAt: Instant): Promise<void> {
    const advice = told && advised(told, notAfter, before, fraction(this.random), this.clock.now());
    await this.store.writeAdvice(id, { advice, askAgainAt, attempts: 0 });
  }

  /** It said nothing. Where it told when to come again, that holds for everything it is asked. */
  async putAdviceOff({ id, issuerId, adviceAttempts }: Asked, cause: Problem): Promise<void> {
    const attempts = adviceAttempts + 1;
    await this.store.writeAdvice(id, { askAgainAt: askAgainAfter(cause, attempts, this.clock.now()), attempts });
    if (cause.retryAfter !== undefined) await this.store.putAllAdviceOff(issuerId, instant(cause.retryAfter));
  }

  async endAdvice(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.store.endAdvice(ids);
  }

  /** Of these fingerprints those that are revoked. */
  revokedAmong(fingerprints: readonly string[]): Promise<ReadonlySet<string>> {
    return this.store.revokedAmong(fingerprints);
  }

  /** Its chain as it is to be sent, DER, leaf first: what is bound again is sent so. */
  keepChain(tx: Tx, id: string, chain: readonly Uint8Array[]): Promise<void> {
    return this.store.writeChain(tx, id, chain);
  }

  /** What came with the newest certificates of these issuers (RFC 4514 text), DER: where one lacks a link, another has it. */
  issuersOf(issuers: readonly string[]): Promise<readonly Uint8Array[]> {
    return this.store.issuersOf(issuers);
  }

  /** Of these fingerprints those that are kept here, with the accounts whose they are. */
  ownersAmong(fingerprints: readonly string[]): Promise<ReadonlyMap<string, Id<'account'>>> {
    return this.store.ownersAmong(fingerprints);
  }

  /** Of these fingerprints the roots (DER) that they were proven against when they were issued, for those of private CAs. */
  rootsAmong(fingerprints: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.store.rootsAmong(fingerprints);
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
