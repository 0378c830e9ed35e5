import { Inject, Injectable } from '@nestjs/common';
import { INSTALLERS, type Installers, type ServerInstaller } from '../../adapters/installers/installer.js';
import { problem } from '../../values/problems/problem.js';
import { err, type Result } from '../../values/result.js';
import { HostAccess } from '../hosts/host-access.service.js';
import { isWeb, tlsPorts } from './address.js';
import { Servers } from './servers.service.js';

/** What drives a server, made of what is stored about it now. */
@Injectable()
export class ServerInstallers {
  constructor(
    @Inject(INSTALLERS) private readonly installers: Installers,
    private readonly servers: Servers,
    private readonly hosts: HostAccess,
  ) {}

  /** NOT_FOUND, or SERVER_UNREACHABLE where its machine does not answer, or has no such server. */
  async of(serverId: string): Promise<Result<ServerInstaller>> {
    const server = (await this.servers.byIds([serverId])).get(serverId);
    if (!server) return err(problem('NOT_FOUND', { what: 'server' }, { subject: serverId }));
    const addresses = (await this.servers.addressesOf([serverId])).get(serverId) ?? [];
    const listeners = addresses.filter(isWeb).map(({ ip, httpPort, httpsPort }) => ({ address: ip, httpPort, httpsPort }));
    const mail = addresses.filter((address) => !isWeb(address)).map((address) => ({ address: address.ip, ports: tlsPorts(address) }));
    const { id, kind, hostId, nameOnHost, serving } = server;
    const driven = { id, kind, nameOnHost, listeners, mail, serving };
    if (hostId === undefined) return this.installers.of(driven);
    const way = await this.hosts.of(hostId);
    const host = way.ok ? way.value.connect(nameOnHost) : way;
    return host.ok ? this.installers.through(host.value, { ...driven, hostId }) : host;
  }
}
