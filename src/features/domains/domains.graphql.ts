import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../graphql/connection.js';
import { resultUnion } from '../../graphql/problem.graphql.js';
import { toDisplay } from '../../values/hostname.js';
import { toDate } from '../../values/instant.js';
import type { Domain } from './domain.js';

@ObjectType('Domain', { description: 'A name that an account holds on this platform, with everything below it.' })
export class DomainType {
  @Field(() => ID, { description: '`dom_…`.' }) id!: string;
  @Field(() => ID, { description: 'Who holds it.' }) accountId!: string;
  @Field({ description: 'As DNS has it: lower case, international labels in their `xn--` form.' }) name!: string;
  @Field({ description: 'For people: international labels in their own script.' }) displayName!: string;
  @Field({ description: 'Since when it is held.' }) createdAt!: Date;

  static from({ id, accountId, name, createdAt }: Domain): DomainType {
    return Object.assign(new DomainType(), { id, accountId, name, displayName: toDisplay(name), createdAt: toDate(createdAt) });
  }
}

@ObjectType({ description: 'A page of domains.' })
export class DomainConnection extends Connection(DomainType, 'Domain') {}

@InputType({ description: 'The name to hold.' })
export class AddDomainInput {
  @Field(() => ID, { nullable: true, description: 'Who shall hold it; by default the caller.' }) accountId?: string | null;
  @Field({
    description: 'A name that you registered, or one below it, such as `shop.example`; in either form of IDN. Not a public suffix.',
  })
  name!: string;
}

@ObjectType({ description: 'It is held.' })
export class AddDomainSuccess {
  @Field(() => DomainType, { description: 'The domain.' }) domain!: DomainType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const AddDomainResult = resultUnion('AddDomainResult', AddDomainSuccess);
