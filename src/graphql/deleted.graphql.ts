import { Field, ID, ObjectType } from '@nestjs/graphql';

@ObjectType('Deleted', { description: 'Something that was there.' })
export class Deleted {
  @Field(() => ID, { description: 'What it was called.' }) id!: string;

  static from({ id }: { id: string }): Deleted {
    return Object.assign(new Deleted(), { id });
  }
}
