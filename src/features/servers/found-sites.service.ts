import { Injectable } from '@nestjs/common';
import type { FoundSite } from '../../adapters/installers/installer.js';
import { readCertificate, type Certificate } from '../../cores/pki/certificate.js';
import type { Actor } from '../../values/actor.js';
import { parsePem } from '../../values/pem.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { ServerInstallers } from './server-installers.service.js';
import { Servers } from './servers.service.js';

export type SiteFound = { readonly site: FoundSite; readonly leaf: Certificate };

/** What servers serve that we did not put there: asked of the machine each time, kept nowhere. */
@Injectable()
export class FoundSites {
  constructor(
    private readonly servers: Servers,
    private readonly installers: ServerInstallers,
  ) {}

  /** For administrators: it is other people's. None where the server cannot tell; a certificate that cannot be read is left out. */
  async on(actor: Actor, serverId: string): Promise<Result<readonly SiteFound[]>> {
    if (actor.kind !== 'ADMIN') return err(problem('NOT_ALLOWED', { needs: 'ADMIN' }));
    const server = await this.servers.one(actor, serverId);
    if (!server.ok) return server;
    const installer = await this.installers.of(server.value.id);
    if (!installer.ok) return installer;
    const found = installer.value.found ? await installer.value.found() : ok([]);
    if (!found.ok) return found;
    return ok(
      found.value.flatMap((site) => {
        const blocks = parsePem('CERTIFICATE', site.chain);
        const leaf = blocks.ok ? readCertificate(blocks.value[0]!) : blocks;
        return leaf.ok ? [{ site, leaf: leaf.value }] : [];
      }),
    );
  }
}
