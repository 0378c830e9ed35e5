import { Inject, Injectable } from '@nestjs/common';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Actor } from '../../values/actor.js';
import { parseId } from '../../values/id.js';
import { about } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import type { Site } from '../sites/site.js';
import { Sites } from '../sites/sites.service.js';

/** Looks that somebody asks for. */
@Injectable()
export class SiteChecks {
  constructor(
    private readonly access: Access,
    private readonly sites: Sites,
    private readonly mutations: Mutations,
    @Inject(QUEUE) private readonly queue: Queue,
  ) {}

  /** A worker makes it within moments. */
  async ask(actor: Actor, siteId: string, key: string): Promise<Result<{ site: Site; replayed: boolean }>> {
    const parsed = parseId('site', siteId);
    const input = parsed.ok ? parsed : err(about('siteId', parsed.problem));
    const allow = (id: string) => this.access.require(actor, 'WRITE_SITES', 'site', [id]);
    const done = await this.mutations.run({ by: actor, action: 'site.check', key, input, allow }, async (tx, id) => {
      await this.queue.send('site.check', { id }, { tx });
      return ok(id);
    });
    if (!done.ok) return done;
    return ok({ site: (await this.sites.byIds([done.value.id])).get(done.value.id)!, replayed: done.value.replayed });
  }
}
