import { Field, ObjectType } from '@nestjs/graphql';
import { Deleted } from '../../graphql/deleted.graphql.js';
import { resultUnion } from '../../graphql/problem.graphql.js';

@ObjectType({ description: 'It is no site any more; its names are free. What its servers have of it is taken away.' })
export class DeleteSiteSuccess {
  @Field(() => Deleted, { description: 'What is gone.' }) deleted!: Deleted;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const DeleteSiteResult = resultUnion('DeleteSiteResult', DeleteSiteSuccess);
