import { Inject, Injectable } from '@nestjs/common';
import type { Diagnosis } from '../../cores/tls/diagnosis/diagnosis.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import type { CertificateName } from '../../values/hostname.js';
import { newId, parseId } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { about } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access, type OwnershipLoader } from '../accounts/access.service.js';
import type { Site } from '../sites/site.js';
import { Alarms } from './alarms.service.js';
import { parseFindingFilter, settle, type Extent, type Finding, type FindingFilterInput } from './finding.js';
import { FindingsStore } from './findings.store.js';

type Shown = {
  readonly site: Pick<Site, 'id' | 'accountId'>;
  readonly name: CertificateName;
  readonly diagnoses: readonly Diagnosis[];
  readonly extent: Extent;
  /** Was it known to be fine before this look? */
  readonly wasFine: boolean;
};

/** What is wrong with sites, kept from check to check. */
@Injectable()
export class Findings implements OwnershipLoader {
  readonly kind = 'finding';

  constructor(
    private readonly store: FindingsStore,
    private readonly alarms: Alarms,
    private readonly access: Access,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
  ) {
    access.register(this);
  }

  /** What a look showed, with the alarm that it raises or ends: in the transaction that keeps the look. */
  async settle(tx: Tx, { site, name, diagnoses, extent, wasFine }: Shown): Promise<void> {
    await this.store.lockSite(tx, site.id);
    const before = await this.store.openOfSite(tx, site.id);
    const ofName = before.filter((finding) => finding.name === name);
    const now = this.clock.now();
    const { opened, seenAgain, resolved } = settle(ofName, diagnoses, extent);
    const fresh = opened.map(({ key, diagnosis }): Finding => {
      const id = newId('finding', now, this.random);
      return { id, accountId: site.accountId, siteId: site.id, name, key, diagnosis, firstSeenAt: now, lastSeenAt: now };
    });
    await this.store.insert(tx, fresh);
    for (const { id, diagnosis } of seenAgain) await this.store.see(tx, id, diagnosis, now);
    await this.store.resolve(tx, resolved, now);

    const gone = new Set<string>(resolved);
    const diagnosed = new Map(seenAgain.map(({ id, diagnosis }) => [id as string, diagnosis]));
    const stay = before.filter(({ id }) => !gone.has(id)).map(({ id, diagnosis }) => diagnosed.get(id) ?? diagnosis);
    const wasBroken = new Set(before.filter(({ diagnosis }) => isBroken(diagnosis)).map(({ id }) => id));
    const newlyBroken = [
      ...opened.map(({ diagnosis }) => diagnosis),
      ...seenAgain.filter(({ id }) => !wasBroken.has(id)).map(({ diagnosis }) => diagnosis),
    ].filter(isBroken);
    const broken = [...stay, ...opened.map(({ diagnosis }) => diagnosis)].some(isBroken);
    await this.alarms.follow(tx, site, name, { wasFine: wasFine && wasBroken.size === 0, newlyBroken, broken }, now);
  }

  byIds(ids: readonly string[], tx?: Tx): Promise<ReadonlyMap<string, Finding>> {
    return this.store.byIds(ids, tx);
  }

  /** Names of which something is wrong, by site. */
  openNames(siteIds: readonly string[]): Promise<ReadonlyMap<string, readonly CertificateName[]>> {
    return this.store.openNames(siteIds);
  }

  /** For field resolvers: the sites were already shown to the caller. */
  openPagesOfSites(siteIds: readonly string[], request: PageRequest): Promise<ReadonlyMap<string, Page<Finding>>> {
    return this.store.openPagesOfSites(siteIds, request);
  }

  async one(actor: Actor, id: string): Promise<Result<Finding>> {
    const parsed = parseId('finding', id);
    if (!parsed.ok) return err(about('id', parsed.problem));
    const allowed = await this.access.require(actor, 'READ', 'finding', [id]);
    return allowed.ok ? ok((await this.store.byIds([id])).get(id)!) : allowed;
  }

  /** Those of the actor and of all accounts below. */
  async page(actor: Actor, request: Result<PageRequest>, input: FindingFilterInput): Promise<Result<Page<Finding>>> {
    if (!request.ok) return request;
    const filter = parseFindingFilter(input);
    if (!filter.ok) return err(about('filter', filter.problem));
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pageBelow(actor.accountPath, request.value, filter.value)) : allowed;
  }

  forgetResolvedBefore(at: Instant): Promise<void> {
    return this.store.forgetResolvedBefore(at);
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.store.ownerPaths(ids);
  }
}

const isBroken = ({ severity }: Diagnosis): boolean => severity === 'BROKEN';
