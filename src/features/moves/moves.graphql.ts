import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { resultUnion } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { MOVE_STATES, type Move, type MoveState } from './move.js';

const MoveStateEnum = Object.fromEntries(MOVE_STATES.map((state) => [state, state])) as Record<MoveState, MoveState>;
registerEnumType(MoveStateEnum, {
  name: 'MoveState',
  description: 'How far a move is.',
  valuesMap: {
    PREPARING: { description: 'The new server shows the site too, or is about to; it is not proven everywhere there yet.' },
    DRAINING: { description: 'The new server is its home. The old ones go on showing it, for those who are still led there.' },
    DONE: { description: 'The old servers show it no more.' },
    CANCELLED: { description: 'It stays where it was.' },
  },
});

@ObjectType('Move', { description: 'A site on its way from one home to another.' })
export class MoveType {
  @Field(() => ID, { description: '`mov_…`.' }) id!: string;
  @Field(() => ID, { description: 'The home that it leaves.' }) fromServerId!: string;
  @Field(() => ID, { description: 'The home that it gets.' }) toServerId!: string;
  @Field(() => MoveStateEnum, { description: 'How far it is.' }) state!: MoveState;
  @Field({ description: 'When it began.' }) createdAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When the new server became its home.' }) switchedAt?: Date;
  @Field(() => Date, {
    nullable: true,
    description: 'Since when all its names lead to its new servers alone; after 48 hours the move is done.',
  })
  leftSince?: Date;
  @Field(() => Date, { nullable: true, description: 'When it ended.' }) finishedAt?: Date;

  static from({ id, fromServerId, toServerId, state, createdAt, switchedAt, leftSince, finishedAt }: Move): MoveType {
    return Object.assign(new MoveType(), {
      ...{ id, fromServerId, toServerId, state, createdAt: toDate(createdAt) },
      ...(switchedAt !== undefined && { switchedAt: toDate(switchedAt) }),
      ...(leftSince !== undefined && { leftSince: toDate(leftSince) }),
      ...(finishedAt !== undefined && { finishedAt: toDate(finishedAt) }),
    });
  }
}

@ObjectType({ description: 'It is on its way.' })
export class MoveSiteSuccess {
  @Field(() => MoveType, { description: 'The move.' }) move!: MoveType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const MoveSiteResult = resultUnion('MoveSiteResult', MoveSiteSuccess);

@ObjectType({ description: 'It stays where it was.' })
export class CancelMoveSuccess {
  @Field(() => MoveType, { description: 'The move.' }) move!: MoveType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const CancelMoveResult = resultUnion('CancelMoveResult', CancelMoveSuccess);

@ObjectType({ description: 'The old servers show it no more.' })
export class FinishMoveSuccess {
  @Field(() => MoveType, { description: 'The move.' }) move!: MoveType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const FinishMoveResult = resultUnion('FinishMoveResult', FinishMoveSuccess);
