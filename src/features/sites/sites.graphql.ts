import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection } from '../../graphql/connection.js';
import { resultUnion } from '../../graphql/problem.graphql.js';
import { toDisplay } from '../../values/hostname.js';
import { toDate } from '../../values/instant.js';
import { ROUTES, type Route, type Site } from './site.js';

const SiteRouteEnum = Object.fromEntries(ROUTES.map((route) => [route, route])) as Record<Route, Route>;
registerEnumType(SiteRouteEnum, {
  name: 'SiteRoute',
  description: 'What is done with requests after the handshake.',
  valuesMap: {
    PANEL: { description: 'They reach this API: the site of the panel itself.' },
    NONE: { description: 'Nothing is behind the handshake.' },
  },
});

@ObjectType('Site', { description: 'Names that servers answer for. A name is of one site, on the whole platform.' })
export class SiteType {
  @Field(() => ID, { description: '`sit_…`.' }) id!: string;
  @Field(() => ID, { description: 'Whose site it is.' }) accountId!: string;
  @Field(() => ID, { description: 'The domain of the main name.' }) domainId!: string;
  @Field(() => ID, { description: 'Its home: the server that it was put on, or moved to.' }) serverId!: string;
  @Field(() => [String], { description: 'As DNS has them, with international labels in their `xn--` form; the first is the main one.' })
  names!: string[];
  @Field(() => [String], { description: 'The same names for people: international labels in their own script.' }) displayNames!: string[];
  @Field(() => SiteRouteEnum, { description: 'What is done with requests after the handshake.' }) route!: Route;
  @Field({ description: 'When it was made.' }) createdAt!: Date;
  @Field(() => Date, {
    nullable: true,
    description: 'Set where it is told of by what is left of it, such as an order: it is no site any more.',
  })
  deletedAt?: Date;

  static from({ id, accountId, domainId, serverId, names, route, createdAt, deletedAt }: Site): SiteType {
    const texts = { names: [...names], displayNames: names.map(toDisplay) };
    return Object.assign(new SiteType(), {
      id,
      accountId,
      domainId,
      serverId,
      ...texts,
      route,
      createdAt: toDate(createdAt),
      ...(deletedAt && { deletedAt: toDate(deletedAt) }),
    });
  }
}

@ObjectType({ description: 'A page of sites.' })
export class SiteConnection extends Connection(SiteType, 'Site') {}

@InputType('SiteFilter', { description: 'Which sites to show: those to which all applies that is given.' })
export class SiteFilterType {
  @Field(() => String, { nullable: true, description: 'With just this name, a wildcard too; in either form of IDN.' }) name?: string | null;
  @Field(() => String, { nullable: true, description: 'With a name that contains this, as DNS has it: letters, digits, `-` and `.`.' })
  nameContains?: string | null;
}

@InputType({ description: 'The site to make.' })
export class CreateSiteInput {
  @Field(() => ID, { nullable: true, description: 'Whose site; by default the caller.' }) accountId?: string | null;
  @Field(() => ID, { nullable: true, description: 'By default the oldest server that the account may use.' }) serverId?: string | null;
  @Field(() => [String], {
    description:
      '1 to 100 names within domains of the account, the main one first; in either form of IDN. `*.shop.example` stands for every name with one label more that no site has.',
  })
  names!: string[];
}

@ObjectType({ description: 'It is made; nothing answers for its names until a certificate is ordered.' })
export class CreateSiteSuccess {
  @Field(() => SiteType, { description: 'The site.' }) site!: SiteType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const CreateSiteResult = resultUnion('CreateSiteResult', CreateSiteSuccess);
