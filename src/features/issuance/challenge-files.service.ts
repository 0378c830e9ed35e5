import { Inject, Injectable } from '@nestjs/common';
import type { ChallengeResponder } from '../../adapters/installers/installer.js';
import { LOG, type Log } from '../../platform/log/log.js';
import { about, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { toldToTenants } from '../servers/server.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import { SiteServers } from '../sites/site-servers.service.js';
import { Sites } from '../sites/sites.service.js';
import type { ChallengeFile, Order } from '../orders/order.js';

type Act = (responder: ChallengeResponder, file: ChallengeFile) => Promise<Result<void>>;

/**
 * The files that show control of an order's names: laid down on every web server of the site, since a CA may come to any of them, and taken away.
 * Both may be done again.
 */
@Injectable()
export class ChallengeFiles {
  constructor(
    private readonly installers: ServerInstallers,
    private readonly sites: Sites,
    private readonly servers: SiteServers,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** One that is away holds up nobody while another took them: whether the CA can find them, our own look tells. */
  async layDown(order: Order, files: readonly ChallengeFile[]): Promise<Result<void>> {
    const done = await this.each(order, files, (responder, { name, path, body }) => responder.presentChallenge(name, path, body));
    if (!done.ok) return done;
    const refused = done.value.find((each) => !each.ok && each.problem.code !== 'SERVER_UNREACHABLE');
    return refused ?? done.value.find((each) => each.ok) ?? done.value[0]!;
  }

  async takeAway(order: Order, files: readonly ChallengeFile[]): Promise<Result<void>> {
    const done = await this.each(order, files, (responder, { name, path }) => responder.removeChallenge(name, path));
    return done.ok ? (done.value.find((each) => !each.ok) ?? ok(undefined)) : done;
  }

  /** How it went at each server; at least one. */
  private async each({ siteId }: Order, files: readonly ChallengeFile[], act: Act): Promise<Result<readonly Result<void>[]>> {
    const site = (await this.sites.byIds([siteId])).get(siteId);
    if (!site) return err(about(siteId, problem('NOT_FOUND', { what: 'site' })));
    const servers = await this.servers.answering(site);
    return ok(await Promise.all(servers.map((serverId) => this.at(serverId, files, act))));
  }

  private async at(serverId: string, files: readonly ChallengeFile[], act: Act): Promise<Result<void>> {
    const responder = await this.installers.of(serverId);
    if (!responder.ok) return responder;
    for (const file of files) {
      const done = await act(responder.value, file);
      if (done.ok) continue;
      // The order is its tenant's, and the server its administrator's.
      this.log.warn({ server: serverId, problem: done.problem }, 'a server does not take a challenge');
      return err(toldToTenants(done.problem));
    }
    return ok(undefined);
  }
}
