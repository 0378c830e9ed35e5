import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Request, type RequestContext } from '../../graphql/request-context.js';
import { BindingType } from '../bindings/bindings.graphql.js';
import { ObservationType } from './observations.graphql.js';
import { Observations } from './observations.service.js';

@Resolver(() => BindingType)
export class BindingObservationResolver {
  constructor(private readonly observations: Observations) {}

  @ResolveField(() => ObservationType, { nullable: true, description: 'The newest handshake that was seen there.' })
  async observation(@Parent() binding: BindingType, @Request() request: RequestContext) {
    const seen = await request.find(this.observation, binding.id, (ids) => this.observations.newest(ids));
    return seen && ObservationType.from(seen);
  }
}
