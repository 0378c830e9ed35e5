import { Inject, Injectable } from '@nestjs/common';
import { ISSUERS, type Issuer } from '../../adapters/issuers/issuer.js';
import { publicRoots } from '../../adapters/network/public-roots.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { Vault } from '../../platform/vault/vault.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { Id } from '../../values/id.js';
import { about, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import type { Site } from '../sites/site.js';
import { Sites } from '../sites/sites.service.js';
import type { StoredCertificate } from './certificate.js';
import {
  BROUGHT,
  judgeBrought,
  parseBrought,
  type Anchors,
  type Brought,
  type BroughtInput,
  type JudgedCertificate,
} from './brought-certificate.js';
import { Certificates } from './certificates.service.js';
import { CertificatesStore } from './certificates.store.js';

/** Takes in certificates that were issued elsewhere, with their keys, for a site that shall answer with them. */
@Injectable()
export class BroughtCertificates {
  constructor(
    private readonly store: CertificatesStore,
    private readonly certificates: Certificates,
    private readonly sites: Sites,
    private readonly access: Access,
    private readonly mutations: Mutations,
    private readonly vault: Vault,
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** As brought-certificate.ts refuses it; CERTIFICATE_KEPT_ELSEWHERE. One that is kept here already is bound again. */
  async import(actor: Actor, input: BroughtInput, key: string): Promise<Result<{ certificate: StoredCertificate; replayed: boolean }>> {
    let judged: Result<JudgedCertificate> | undefined;
    const allow = async (brought: Brought) => {
      const allowed = await this.access.require(actor, 'WRITE_ORDERS', 'site', [brought.siteId]);
      if (!allowed.ok) return allowed;
      judged = await this.judge(brought);
      return judged.ok ? judged : err(about('chain', judged.problem));
    };
    const mutation = { by: actor, action: 'certificate.import', key, input: parseBrought(input), allow };
    const done = await this.mutations.run(mutation, async (tx, brought) => {
      if (!judged?.ok) throw new Error('nobody has judged it');
      const site = (await this.sites.byIds([brought.siteId], tx)).get(brought.siteId)!;
      const kept = await this.keep(tx, site, brought, judged.value);
      if (!kept.ok) return kept;
      await this.store.bringTo(tx, kept.value, site.id, this.clock.now());
      await this.queue.send('certificate.brought', { id: kept.value }, { tx });
      return kept;
    });
    if (!done.ok) return done;
    return ok({ certificate: (await this.store.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }

  /** The sites for which a certificate was brought. */
  sitesOf(certificateId: string): Promise<readonly Id<'site'>[]> {
    return this.store.broughtTo(certificateId);
  }

  private async keep(
    tx: Tx,
    { accountId }: Site,
    { key }: Brought,
    { leaf, chain, issuerId, root }: JudgedCertificate,
  ): Promise<Result<Id<'certificate'>>> {
    const there = await this.store.byFingerprint(tx, leaf.fingerprint);
    if (there) return there.accountId === accountId ? ok(there.id) : err(about('chain', problem('CERTIFICATE_KEPT_ELSEWHERE')));
    const { fingerprint, serial, subject, issuer, names, keyAlgorithm, notBefore, notAfter } = leaf;
    const facts = { fingerprint, serial, subject, issuer, names, keyAlgorithm, notBefore, notAfter };
    const keyItemId = await this.vault.seal(tx, 'CERTIFICATE_KEY', key);
    return ok(await this.certificates.keep(tx, { ...facts, accountId, issuerId, keyItemId, chain, ...(root && { root }) }));
  }

  private async judge(brought: Brought): Promise<Result<JudgedCertificate>> {
    const site = (await this.sites.byIds([brought.siteId])).get(brought.siteId)!;
    const anchors: Anchors[] = [];
    const ofPublic = new Set(publicRoots().map(text));
    for (const issuer of this.issuers) {
      const roots = await issuer.trustAnchors();
      const { id: issuerId, isPrivate = false } = issuer.manifest;
      // Below a root of the public it may be anybody's. A CA that is out of reach has signed none that we could tell.
      const own = roots.ok ? roots.value.filter((root) => !ofPublic.has(text(root))) : [];
      if (own.length > 0) anchors.push({ issuerId, isPrivate, roots: own });
    }
    anchors.push({ issuerId: BROUGHT, isPrivate: false, roots: publicRoots() });
    return judgeBrought(brought, site.names, anchors, this.clock.now());
  }
}

const text = (der: Uint8Array): string => Buffer.from(der).toString('base64');
