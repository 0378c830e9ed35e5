import { Field, ObjectType } from '@nestjs/graphql';
import { Deleted } from '../../graphql/deleted.graphql.js';
import { resultUnion } from '../../graphql/problem.graphql.js';

@ObjectType({ description: 'It is held no more.' })
export class RemoveDomainSuccess {
  @Field(() => Deleted, { description: 'What is gone.' }) deleted!: Deleted;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const RemoveDomainResult = resultUnion('RemoveDomainResult', RemoveDomainSuccess);
