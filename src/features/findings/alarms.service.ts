import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Actor } from '../../values/actor.js';
import type { CertificateName } from '../../values/hostname.js';
import { newId } from '../../values/id.js';
import type { Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { RANDOM, type Random } from '../../values/random.js';
import { ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import type { Site } from '../sites/site.js';
import { decide, type Alarm } from './alarm.js';
import { AlarmsStore } from './alarms.store.js';

type Facts = Pick<Parameters<typeof decide>[0], 'wasFine' | 'newlyBroken' | 'broken'>;

/** The stories of sites that were fine and are not. Whoever is to hear of one is woken by `site.alarm`, at its beginning and at its end. */
@Injectable()
export class Alarms {
  constructor(
    private readonly store: AlarmsStore,
    private readonly access: Access,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  /** In the transaction that writes what was found; the site's findings are locked. */
  async follow(tx: Tx, site: Pick<Site, 'id' | 'accountId'>, name: CertificateName, facts: Facts, now: Instant): Promise<void> {
    const open = await this.store.openOf(tx, site.id);
    const decision = decide({ ...facts, underWay: open !== undefined });
    if (decision.do === 'raise') {
      const { accountId, id: siteId } = site;
      const id = newId('alarm', now, this.random);
      await this.store.insert(tx, { id, accountId, siteId, name, diagnosis: decision.diagnosis, raisedAt: now });
      await this.queue.send('site.alarm', { id }, { tx });
    }
    if (decision.do === 'end' && open) {
      await this.store.end(tx, open.id, now);
      await this.queue.send('site.alarm', { id: open.id }, { tx });
    }
  }

  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Alarm>> {
    return this.store.byIds(ids);
  }

  /** Those of the actor and of all accounts below. */
  async page(actor: Actor, request: Result<PageRequest>): Promise<Result<Page<Alarm>>> {
    if (!request.ok) return request;
    const allowed = this.access.scope(actor, 'READ');
    return allowed.ok ? ok(await this.store.pageBelow(actor.accountPath, request.value)) : allowed;
  }

  forgetEndedBefore(at: Instant): Promise<void> {
    return this.store.forgetEndedBefore(at);
  }
}
