import { Inject, Injectable } from '@nestjs/common';
import type { Health as Security } from '../../cores/tls/health.js';
import { Mutations } from '../../platform/mutations/mutations.service.js';
import { QUEUE, type Queue } from '../../platform/jobs/queue.js';
import type { Actor } from '../../values/actor.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { parseId } from '../../values/id.js';
import { about } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Access } from '../accounts/access.service.js';
import { isDue, type Binding } from '../bindings/binding.js';
import { Bindings } from '../bindings/bindings.service.js';
import { Certificates } from '../certificates/certificates.service.js';
import { Observations, type Look } from '../deployments/observations.service.js';
import type { Site } from '../sites/site.js';
import { Sites } from '../sites/sites.service.js';
import { CHECK_EVERY, siteSecurity } from './site-security.js';

/** What sites really show. */
@Injectable()
export class Health {
  constructor(
    private readonly access: Access,
    private readonly sites: Sites,
    private readonly bindings: Bindings,
    private readonly certificates: Certificates,
    private readonly observations: Observations,
    private readonly mutations: Mutations,
    @Inject(QUEUE) private readonly queue: Queue,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Asks for a look at a site now; it is made by a worker within moments. */
  async check(actor: Actor, siteId: string, key: string): Promise<Result<{ site: Site; replayed: boolean }>> {
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

  /** For field resolvers: the sites were already shown to the caller. */
  async securityOf(siteIds: readonly string[]): Promise<ReadonlyMap<string, Security>> {
    const bySite = await this.bindings.ofSites(siteIds);
    const all = [...bySite.values()].flat();
    const newest = await this.observations.newest(all.map((binding) => binding.id));
    const certificates = await this.certificates.byIds(all.map((binding) => binding.certificateId));
    const roots = await this.observations.rootsOf([...certificates.values()].map(({ issuerId }) => issuerId));
    const now = this.clock.now();
    return new Map(
      [...bySite].map(([siteId, bindings]) => {
        const anchors = ({ certificateId }: Binding) => roots.get(certificates.get(certificateId)?.issuerId ?? '');
        const promises = bindings.map((binding) => {
          const known = anchors(binding);
          return { name: binding.name, address: binding.ip, port: binding.port, roots: known?.ok ? known.value : [] };
        });
        // Without the roots nothing can be judged: that is "could not find out", and not "untrusted".
        const judged = bindings.filter((binding) => anchors(binding)?.ok);
        const seen = judged.flatMap((binding) => newest.get(binding.id)?.observation ?? []);
        return [siteId, siteSecurity(promises, seen, now)];
      }),
    );
  }

  /** Looks at every binding of a site. */
  async lookAtSite(siteId: string): Promise<void> {
    await this.lookAt((await this.bindings.ofSites([siteId])).get(siteId) ?? []);
  }

  /** Looks at what was not looked at for a while; answers how many that were. */
  async lookAtStale(bindings: readonly Binding[]): Promise<number> {
    const newest = await this.observations.newest(bindings.map((binding) => binding.id));
    const before = this.clock.now() - CHECK_EVERY;
    const stale = bindings.filter((binding) => (newest.get(binding.id)?.at ?? 0) <= before);
    await this.lookAt(stale);
    return stale.length;
  }

  /** A binding that does not show what it shall wakes its server's deployment: drift is repaired. */
  private async lookAt(bindings: readonly Binding[]): Promise<void> {
    const certificates = await this.certificates.byIds(bindings.map((binding) => binding.certificateId));
    const now = this.clock.now();
    const looks = bindings.map(({ id, accountId, ip, port, name, certificateId }): Look => {
      const { issuerId, fingerprint } = certificates.get(certificateId)!;
      return { bindingId: id, accountId, address: ip, port, name, issuerId, fingerprint };
    });
    const seen = await this.observations.look(looks, { occasion: 'CHECK' });
    const drifted = bindings.filter((binding, index) => seen[index]?.problem !== undefined && isDue(binding, now));
    for (const serverId of new Set(drifted.map((binding) => binding.serverId))) await this.queue.send('server.deploy', { id: serverId });
  }
}
