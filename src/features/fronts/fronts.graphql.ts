import { Field, ObjectType } from '@nestjs/graphql';
import { toDate } from '../../values/instant.js';
import type { Lag } from './front.js';

@ObjectType('Lag', { description: 'A member of a pool shows less than another one.' })
export class LagType {
  @Field({ description: 'Since when that was seen.' }) since!: Date;
  @Field(() => Date, { nullable: true, description: 'Since when it gets no visitors from what stands in front of the pool.' })
  takenOutAt?: Date;

  static from({ since, takenOutAt }: Lag): LagType {
    return Object.assign(new LagType(), { since: toDate(since), ...(takenOutAt && { takenOutAt: toDate(takenOutAt) }) });
  }
}
