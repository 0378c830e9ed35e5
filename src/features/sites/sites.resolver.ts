import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import { AccountType } from '../accounts/accounts.graphql.js';
import { Accounts } from '../accounts/accounts.service.js';
import { DomainType } from '../domains/domains.graphql.js';
import { Domains } from '../domains/domains.service.js';
import { ServerType } from '../servers/servers.graphql.js';
import { Servers } from '../servers/servers.service.js';
import { CreateSiteInput, CreateSiteResult, CreateSiteSuccess, SiteConnection, SiteFilterType, SiteType } from './sites.graphql.js';
import { Sites } from './sites.service.js';

@Resolver(() => SiteType)
export class SitesResolver {
  constructor(
    private readonly service: Sites,
    private readonly accounts: Accounts,
    private readonly domains: Domains,
    private readonly servers: Servers,
  ) {}

  @Query(() => SiteType, { description: 'The site with this id.' })
  async site(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return SiteType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Query(() => SiteType, {
    nullable: true,
    description: 'The site of the caller, or of an account below, that has this name; null where none has. In either form of IDN.',
  })
  async siteByName(@Who() actor: Actor, @Args('name') name: string) {
    const site = orRefuse(await this.service.byName(actor, name));
    return site && SiteType.from(site);
  }

  @Query(() => SiteConnection, { description: 'The sites of the caller and of all accounts below, oldest first.' })
  async sites(
    @Who() actor: Actor,
    @Args() page: PageArgs,
    @Args('filter', { type: () => SiteFilterType, nullable: true }) filter?: SiteFilterType | null,
  ) {
    return toConnection(orRefuse(await this.service.page(actor, parsePage('site', page), filter ?? {})), SiteType.from);
  }

  @ResolveField(() => AccountType, { description: 'Whose site it is.' })
  async account(@Request() request: RequestContext, @Parent() site: SiteType) {
    return AccountType.from((await request.find(this.accounts, site.accountId, (ids) => this.accounts.byIds(ids)))!);
  }

  @ResolveField(() => DomainType, { description: 'The domain of the main name.' })
  async domain(@Request() request: RequestContext, @Parent() site: SiteType) {
    return DomainType.from((await request.find(this.domains, site.domainId, (ids) => this.domains.byIds(ids)))!);
  }

  @ResolveField(() => ServerType, { description: 'Its home: the server that it was put on, or moved to.' })
  async server(@Request() request: RequestContext, @Parent() site: SiteType) {
    return ServerType.from((await request.find(this.servers, site.serverId, (ids) => this.servers.byIds(ids)))!);
  }

  @Mutation(() => CreateSiteResult, {
    description:
      'Make a site. Every name has to be within a domain of the account (else NAME_NOT_COVERED for each that is not) and of no other site ' +
      '(else NAME_IN_USE). Certificates are ordered for it afterwards. Safe to repeat with the same idempotencyKey.',
  })
  async createSite(@Who() actor: Actor, @Args('input') input: CreateSiteInput, @KeyArg() key: string) {
    return asResult(CreateSiteSuccess, await this.service.create(actor, input, key), (made) => ({
      ...made,
      site: SiteType.from(made.site),
    }));
  }
}
