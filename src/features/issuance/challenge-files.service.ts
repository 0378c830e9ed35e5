import { Inject, Injectable } from '@nestjs/common';
import type { ChallengeResponder } from '../../adapters/installers/installer.js';
import { LOG, type Log } from '../../platform/log/log.js';
import { about, problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { toldToTenants } from '../servers/server.js';
import { ServerInstallers } from '../servers/server-installers.service.js';
import { Sites } from '../sites/sites.service.js';
import type { ChallengeFile, Order } from '../orders/order.js';

/** The files that show control of an order's names: laid down on the site's server, and taken away. Both may be done again. */
@Injectable()
export class ChallengeFiles {
  constructor(
    private readonly installers: ServerInstallers,
    private readonly sites: Sites,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async layDown(order: Order, files: readonly ChallengeFile[]): Promise<Result<void>> {
    return this.each(order, files, (responder, { name, path, body }) => responder.presentChallenge(name, path, body));
  }

  async takeAway(order: Order, files: readonly ChallengeFile[]): Promise<Result<void>> {
    return this.each(order, files, (responder, { name, path }) => responder.removeChallenge(name, path));
  }

  private async each(
    { siteId }: Order,
    files: readonly ChallengeFile[],
    act: (responder: ChallengeResponder, file: ChallengeFile) => Promise<Result<void>>,
  ): Promise<Result<void>> {
    const site = (await this.sites.byIds([siteId])).get(siteId);
    if (!site) return err(about(siteId, problem('NOT_FOUND', { what: 'site' })));
    const responder = await this.installers.of(site.serverId);
    if (!responder.ok) return responder;
    for (const file of files) {
      const done = await act(responder.value, file);
      if (done.ok) continue;
      // The order is its tenant's, and the server its administrator's.
      this.log.warn({ server: site.serverId, problem: done.problem }, 'a server does not take a challenge');
      return err(toldToTenants(done.problem));
    }
    return ok(undefined);
  }
}
