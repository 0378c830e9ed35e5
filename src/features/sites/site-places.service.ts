import { Injectable } from '@nestjs/common';
import { about } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Accounts } from '../accounts/accounts.service.js';
import { Domains } from '../domains/domains.service.js';
import { Servers } from '../servers/servers.service.js';
import { mainDomain, type NewSite, type Site } from './site.js';

/** Where a new site belongs: the domain of its main name, and a server that its account may use. */
@Injectable()
export class SitePlaces {
  constructor(
    private readonly accounts: Accounts,
    private readonly domains: Domains,
    private readonly servers: Servers,
  ) {}

  async placeFor(tx: Tx, wanted: NewSite): Promise<Result<Pick<Site, 'domainId' | 'serverId'>>> {
    const domain = mainDomain(wanted, await this.domains.holdersOf(wanted.names, tx));
    if (!domain.ok) return err(about('names', domain.problem));
    const account = (await this.accounts.byIds([wanted.accountId], tx)).get(wanted.accountId)!;
    const server = await this.servers.forUse({ accountPath: account.path }, wanted.serverId, tx);
    return server.ok ? ok({ domainId: domain.value.id, serverId: server.value.id }) : server;
  }
}
