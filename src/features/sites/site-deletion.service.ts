import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { withoutWildcard } from '../../values/hostname.js';
import { parseId, type Id } from '../../values/id.js';
import { about, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import { Mutations, type Done } from '../../platform/mutations/mutations.service.js';
import { Access } from '../accounts/access.service.js';
import { Dependents, dependsOnIt } from '../accounts/dependents.service.js';
import { Domains } from '../domains/domains.service.js';
import { SiteServers } from './site-servers.service.js';
import { SiteServersStore } from './site-servers.store.js';
import { SitesStore } from './sites.store.js';

/** Takes sites away, and tells what else may not be taken away because of them. */
@Injectable()
export class SiteDeletion {
  constructor(
    private readonly store: SitesStore,
    private readonly servers: SiteServers,
    private readonly access: Access,
    private readonly dependents: Dependents,
    private readonly mutations: Mutations,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
    ofServers: SiteServersStore,
    domains: Domains,
  ) {
    const stays = (subject: string, what: string) => ({ cause: dependsOnIt(subject, what), goesAlong: false });
    dependents.register({
      on: 'site',
      dependents: async (tx, id) => {
        const site = (await store.byIds([id], tx)).get(id);
        return site?.route === 'PANEL' ? [stays(id, 'The panel itself is reached there.')] : [];
      },
    });
    dependents.register({
      on: 'domain',
      dependents: async (tx, id, limit) => {
        const domain = (await domains.byIds([id])).get(id);
        // More than are asked for: names of parts that were given away are none of its.
        const within = domain ? await store.namesWithin(tx, domain.name, 100 * limit) : [];
        const holders = await domains.holdersOf(
          within.map(({ name }) => withoutWildcard(name)),
          tx,
        );
        const own = within.filter(({ name }) => holders.get(withoutWildcard(name))?.id === id).slice(0, limit);
        return own.map(({ name, siteId }) => stays(siteId, `The site ${siteId} has the name ${name}.`));
      },
    });
    dependents.register({
      on: 'server',
      dependents: async (tx, id, limit) => (await ofServers.someOf(tx, id, limit)).map((site) => stays(site, `The site ${site} is there.`)),
    });
  }

  /** SITE_IN_USE names what depends on it. Its names are free at once; what its servers have of it is taken away, and proven to be gone. */
  async delete(actor: Actor, siteId: string, { evenIfServed }: { evenIfServed: boolean }, key: string): Promise<Result<Done>> {
    const id = parseId('site', siteId);
    const input = id.ok ? ok({ id: id.value, evenIfServed }) : err(about('siteId', id.problem));
    const allow = (wanted: { id: Id<'site'> }) => this.access.require(actor, 'WRITE_SITES', 'site', [wanted.id]);
    const mutation = { by: actor, action: 'site.delete', key, input, allow, takesAway: true } as const;
    return this.mutations.run(mutation, async (tx, wanted) => {
      const locked = await this.servers.lock(tx, wanted.id, { share: false });
      if (!locked) return err(problem('NOT_FOUND', { what: 'site' }, { subject: wanted.id }));
      await this.store.lock(tx, wanted.id);
      const allowed = await this.dependents.allow(tx, 'site', wanted.id, { code: 'SITE_IN_USE', even: wanted.evenIfServed });
      if (!allowed.ok) return allowed;
      await this.store.delete(tx, locked.site, this.clock.now());
      for (const server of locked.servers) await this.queue.send('addresses.changed', { id: server }, { tx });
      await this.queue.send('site.deleted', { id: wanted.id }, { tx });
      return ok(wanted.id);
    });
  }
}
