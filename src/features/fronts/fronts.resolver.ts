import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Request, type RequestContext } from '../../graphql/request-context.js';
import { ServerType } from '../servers/servers.graphql.js';
import { LagType } from './fronts.graphql.js';
import { Fronts } from './fronts.service.js';

@Resolver(() => ServerType)
export class ServerLagResolver {
  constructor(private readonly service: Fronts) {}

  @ResolveField(() => LagType, {
    nullable: true,
    description: 'Set while it shows less than another member of its pool, where something stands in front of that.',
  })
  async lag(@Request() request: RequestContext, @Parent() server: ServerType) {
    const found = await request.find(this.service, server.id, (ids) => this.service.lagging(ids));
    return found && LagType.from(found);
  }
}
