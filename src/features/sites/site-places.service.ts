import { Injectable } from '@nestjs/common';
import { isWildcard, withoutWildcard } from '../../values/hostname.js';
import { about } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Tx } from '../../platform/database/transaction.js';
import { Accounts } from '../accounts/accounts.service.js';
import { DomainClaims } from '../domains/domain-claims.service.js';
import { Domains } from '../domains/domains.service.js';
import { Servers } from '../servers/servers.service.js';
import { mainDomain, namesInUse, wildcardsOverOthers, type NewSite, type Site } from './site.js';

/** Where a new site belongs: the domain of its main name, and a server that its account may use. */
@Injectable()
export class SitePlaces {
  constructor(
    private readonly accounts: Accounts,
    private readonly domains: Domains,
    private readonly claims: DomainClaims,
    private readonly servers: Servers,
  ) {}

  async placeFor(tx: Tx, wanted: NewSite): Promise<Result<Pick<Site, 'domainId' | 'serverId'>>> {
    await this.claims.keep(tx, wanted.names);
    const domain = mainDomain(wanted, await this.domains.holdersOf(wanted.names.map(withoutWildcard), tx));
    if (!domain.ok) return err(about('names', domain.problem));
    const below = await this.domains.oneBelow(wanted.names.filter(isWildcard).map(withoutWildcard), tx);
    const overOthers = wildcardsOverOthers(wanted, below);
    if (overOthers.length > 0) return err(namesInUse(overOthers));
    const account = (await this.accounts.byIds([wanted.accountId], tx)).get(wanted.accountId)!;
    const server = await this.servers.forUse(account, wanted.serverId, tx);
    return server.ok ? ok({ domainId: domain.value.id, serverId: server.value.id }) : server;
  }
}
