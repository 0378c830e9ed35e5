import { Field, ObjectType } from '@nestjs/graphql';
import { Deleted } from '../../graphql/deleted.graphql.js';
import { resultUnion } from '../../graphql/problem.graphql.js';

@ObjectType({ description: 'It is not known any more.' })
export class DeleteServerSuccess {
  @Field(() => Deleted, { description: 'What is gone.' }) deleted!: Deleted;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const DeleteServerResult = resultUnion('DeleteServerResult', DeleteServerSuccess);

@ObjectType({ description: 'Nothing is to be answered there any more.' })
export class RemoveAddressSuccess {
  @Field(() => Deleted, { description: 'What is gone.' }) deleted!: Deleted;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const RemoveAddressResult = resultUnion('RemoveAddressResult', RemoveAddressSuccess);
