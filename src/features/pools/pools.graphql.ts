import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../graphql/connection.js';
import { resultUnion } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { ServerType } from '../servers/servers.graphql.js';
import type { Pool } from './pool.js';

@ObjectType('PoolFront', { description: 'The server before a pool, from which members that lag are taken out.' })
class PoolFrontType {
  @Field(() => ID, { description: 'An HAProxy.' }) serverId!: string;
  @Field({ description: 'What that calls the pool. It calls each member by the name of the server.' }) backend!: string;
}

@ObjectType('Pool', { description: 'Servers that answer for the same sites, behind one name: a site of one is a site of all.' })
export class PoolType {
  @Field(() => ID, { description: '`pol_…`.' }) id!: string;
  @Field(() => ID, { description: 'Whose pool it is.' }) accountId!: string;
  @Field({ description: 'For people.' }) name!: string;
  @Field(() => PoolFrontType, { nullable: true, description: 'What stands before it; null: the names lead to each member.' })
  front?: PoolFrontType;
  @Field({ description: 'When it was made.' }) createdAt!: Date;

  static from({ id, accountId, name, front, createdAt }: Pool): PoolType {
    const before = front && { front: Object.assign(new PoolFrontType(), front) };
    return Object.assign(new PoolType(), { id, accountId, name, ...before, createdAt: toDate(createdAt) });
  }
}

@ObjectType({ description: 'A page of pools.' })
export class PoolConnection extends Connection(PoolType, 'Pool') {}

@InputType({ description: 'The pool to make.' })
export class CreatePoolInput {
  @Field(() => ID, { nullable: true, description: 'Whose pool; by default the caller.' }) accountId?: string | null;
  @Field({ description: 'For people; at most 100 characters.' }) name!: string;
  @Field(() => ID, { nullable: true, description: "The HAProxy before it, one of the caller's own servers; with frontBackend." })
  frontServerId?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'What that calls the pool: the name of a backend, which calls its members by the names of the servers; with frontServerId.',
  })
  frontBackend?: string | null;
}

@ObjectType({ description: 'It is made; servers join it.' })
export class CreatePoolSuccess {
  @Field(() => PoolType, { description: 'The pool.' }) pool!: PoolType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const CreatePoolResult = resultUnion('CreatePoolResult', CreatePoolSuccess);

@ObjectType({ description: 'It is a member; its sites and those of the others follow.' })
export class JoinPoolSuccess {
  @Field(() => ServerType, { description: 'The server.' }) server!: ServerType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const JoinPoolResult = resultUnion('JoinPoolResult', JoinPoolSuccess);

@ObjectType({ description: 'It is a member no more; what it has of the sites of the pool is taken away.' })
export class LeavePoolSuccess {
  @Field(() => ServerType, { description: 'The server.' }) server!: ServerType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const LeavePoolResult = resultUnion('LeavePoolResult', LeavePoolSuccess);
