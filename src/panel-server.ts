import { Inject, Injectable } from '@nestjs/common';
import { ConfiguredEdge } from './features/servers/configured-edge.service.js';
import type { Server } from './features/servers/server.js';
import { ServerRegistration } from './features/servers/server-registration.service.js';
import { PANEL, type Panel } from './panel.js';
import type { Actor } from './values/actor.js';
import { ok, type Result } from './values/result.js';

/** The built-in edge as a server, with the addresses that the configuration names. */
@Injectable()
export class PanelServer {
  constructor(
    @Inject(PANEL) private readonly panel: Panel,
    private readonly registration: ServerRegistration,
    private readonly edge: ConfiguredEdge,
  ) {}

  async ensure(admin: Actor): Promise<Result<Server['id']>> {
    // Looked for before it is asked for: a call that does nothing would fill the audit log, minute by minute.
    const there = await this.edge.find();
    const server = there ? ok(there) : await this.register(admin);
    if (!server.ok) return server;
    const { listen, httpPort, httpsPort } = this.panel;
    await this.edge.listensAt(
      server.value.id,
      listen.map((ip) => ({ ip, httpPort, httpsPort })),
    );
    return ok(server.value.id);
  }

  private async register(admin: Actor): Promise<Result<Server>> {
    const made = await this.registration.register(admin, { name: 'this machine', kind: 'EMBEDDED_EDGE' }, 'panel:server');
    return made.ok ? ok(made.value.server) : made;
  }
}
