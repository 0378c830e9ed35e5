import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { Repair as RepairKind } from '../../cores/tls/diagnosis/diagnosis.js';
import { Connection } from '../../graphql/connection.js';
import { ProblemDetail, resultUnion, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { RepairKindEnum } from '../findings/findings.graphql.js';
import { REPAIR_STATES, type Repair, type RepairState } from './repair.js';

const RepairStateEnum = Object.fromEntries(REPAIR_STATES.map((state) => [state, state])) as Record<RepairState, RepairState>;
registerEnumType(RepairStateEnum, {
  name: 'RepairState',
  description: 'Where a repair is. PROVEN, UNDONE and FAILED are its ends.',
  valuesMap: {
    ASKED: { description: 'It begins in a moment.' },
    RUNNING: { description: 'Something is installed, ordered or checked.' },
    PROVEN: { description: 'A check that was begun afterwards does not show the finding any more.' },
    UNDONE: { description: 'What was installed could not be proven; what was there before is back.' },
    FAILED: { description: 'It could not be done, or the finding is still there; `problem` says why.' },
  },
});

@ObjectType('Repair', { description: 'What is done about a finding, from the call to the proof.' })
export class RepairType {
  @Field(() => ID, { description: '`rep_…`.' }) id!: string;
  @Field(() => ID, { description: 'The site.' }) siteId!: string;
  @Field(() => RepairKindEnum, { description: 'What is done.' }) kind!: RepairKind;
  @Field(() => RepairStateEnum, { description: 'Where it is.' }) state!: RepairState;
  @Field(() => ID, { nullable: true, description: 'The order that was placed for it. Null: none.' }) orderId?: string;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it was undone, or failed; while it runs, why the last try did.' })
  problem?: ProblemDetail;
  @Field({ description: 'When it was asked for.' }) createdAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When it ended.' }) finishedAt?: Date;
  findingId!: string;

  static from({ id, siteId, findingId, kind, state, orderId, problem, createdAt, finishedAt }: Repair): RepairType {
    return Object.assign(new RepairType(), {
      ...{ id, siteId, findingId, kind, state, orderId, createdAt: toDate(createdAt) },
      ...(problem && { problem: toDetail(problem) }),
      ...(finishedAt !== undefined && { finishedAt: toDate(finishedAt) }),
    });
  }
}

@ObjectType({ description: 'A page of repairs.' })
export class RepairConnection extends Connection(RepairType, 'Repair') {}

@ObjectType({ description: 'It begins within moments. One that was under way for the finding already is shared.' })
export class RepairFindingSuccess {
  @Field(() => RepairType, { description: 'The repair.' }) repair!: RepairType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const RepairFindingResult = resultUnion('RepairFindingResult', RepairFindingSuccess);
