import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, toConnection } from '../../graphql/connection.js';
import { asResult } from '../../graphql/problem.graphql.js';
import { orRefuse } from '../../graphql/refusal.js';
import { KeyArg, Request, Who, type RequestContext } from '../../graphql/request-context.js';
import type { Actor } from '../../values/actor.js';
import { parsePage } from '../../values/page.js';
import { FindingType } from '../findings/findings.graphql.js';
import { Findings } from '../findings/findings.service.js';
import { RepairConnection, RepairFindingResult, RepairFindingSuccess, RepairType } from './repairs.graphql.js';
import { Repairs } from './repairs.service.js';

@Resolver(() => RepairType)
export class RepairsResolver {
  constructor(
    private readonly service: Repairs,
    private readonly findings: Findings,
  ) {}

  @Query(() => RepairType, { description: 'The repair with this id.' })
  async repair(@Who() actor: Actor, @Args('id', { type: () => ID }) id: string) {
    return RepairType.from(orRefuse(await this.service.one(actor, id)));
  }

  @Mutation(() => RepairFindingResult, {
    description:
      'Mend what was found, as its `repair` says. It is installed, ordered or reloaded like every other change, and proven by a new check. REISSUE costs what an order costs; RELOAD and RESTORE_DEFAULT are for the owner of the server. Safe to repeat with the same idempotencyKey.',
  })
  async repairFinding(@Who() actor: Actor, @Args('findingId', { type: () => ID }) findingId: string, @KeyArg() key: string) {
    return asResult(RepairFindingSuccess, await this.service.ask(actor, findingId, key), ({ repair, replayed }) => ({
      repair: RepairType.from(repair),
      replayed,
    }));
  }

  @ResolveField(() => FindingType, { nullable: true, description: 'What it is to mend. Null: it was forgotten.' })
  async finding(@Parent() repair: RepairType, @Request() request: RequestContext) {
    const found = await request.find(this.findings, repair.findingId, (ids) => this.findings.byIds(ids));
    return found && FindingType.from(found);
  }
}

@Resolver(() => FindingType)
export class FindingRepairsResolver {
  constructor(private readonly service: Repairs) {}

  @ResolveField(() => RepairConnection, { description: 'What was done about it, oldest first.' })
  async repairs(@Parent() finding: FindingType, @Request() request: RequestContext, @Args() args: PageArgs) {
    const page = orRefuse(parsePage('repair', args));
    const found = await request.find(this.repairs, finding.id, (ids) => this.service.pagesOfFindings(ids, page), page);
    return toConnection(found!, RepairType.from);
  }
}
