import { Field, ObjectType } from '@nestjs/graphql';
import { resultUnion } from '../../graphql/problem.graphql.js';
import { SiteType } from './sites.graphql.js';

@ObjectType({ description: 'It is to answer there too; each place shows it when it is proven.' })
export class AddSiteServerSuccess {
  @Field(() => SiteType, { description: 'The site.' }) site!: SiteType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const AddSiteServerResult = resultUnion('AddSiteServerResult', AddSiteServerSuccess);

@ObjectType({ description: 'It is to answer there no more.' })
export class RemoveSiteServerSuccess {
  @Field(() => SiteType, { description: 'The site.' }) site!: SiteType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const RemoveSiteServerResult = resultUnion('RemoveSiteServerResult', RemoveSiteServerSuccess);
