import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection } from '../../graphql/connection.js';
import { ProblemDetail, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import type { ServerDrift } from './server-drift.store.js';
import { DEPLOYMENT_STATES, type Deployment, type DeploymentState } from './deployment.js';

const DeploymentStateEnum = Object.fromEntries(DEPLOYMENT_STATES.map((state) => [state, state])) as Record<
  DeploymentState,
  DeploymentState
>;
registerEnumType(DeploymentStateEnum, {
  name: 'DeploymentState',
  description: 'Where a change of a server is.',
  valuesMap: {
    PLANNED: { description: 'What differs is known.' },
    STAGED: { description: 'Laid down beside what is served.' },
    REHEARSED: { description: 'Tested by the server, and by handshakes that only we can make.' },
    APPLIED: { description: 'Swapped in; not proven yet.' },
    UNDOING: { description: 'Being taken back.' },
    SERVED: { description: 'Proven by real handshakes.' },
    REFUSED: { description: 'The server did not take it; nothing was changed.' },
    UNDONE: { description: 'Taken back; the old state is proven.' },
    STUCK: { description: 'The old state could not be proven: somebody has to look at the server.' },
  },
});

@ObjectType('DeploymentEvent', { description: 'A line of the timeline of a deployment.' })
export class DeploymentEventType {
  @Field({ description: 'When.' }) at!: Date;
  @Field({ description: 'What: `plan`, `stage`, `rehearse`, `apply`, `prove` or `undo`.' }) step!: string;
  @Field({ description: 'Why, or with what outcome; for a person.' }) because!: string;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it was in vain.' }) problem?: ProblemDetail;
}

@ObjectType('Deployment', { description: 'A change of a server: staged, rehearsed, applied and proven, or undone.' })
export class DeploymentType {
  @Field(() => ID, { description: '`dep_…`.' }) id!: string;
  @Field(() => ID, { description: 'The server that is changed.' }) serverId!: string;
  @Field(() => DeploymentStateEnum, { description: 'Where it is.' }) state!: DeploymentState;
  @Field(() => Int, { nullable: true, description: "The server's number for the change." }) generation?: number;
  @Field(() => [String], { description: 'The names that change, and those that are taken away.' }) names!: string[];
  @Field(() => ProblemDetail, {
    nullable: true,
    description: 'Why it was refused or undone; `sub` names each binding, and each place of what was to be taken away.',
  })
  problem?: ProblemDetail;
  @Field({ description: 'When it was planned.' }) createdAt!: Date;
  @Field(() => Date, { nullable: true, description: 'Null while it is under way.' }) finishedAt?: Date;

  static from({ id, serverId, state, generation, changes, removals, problem, createdAt, finishedAt }: Deployment): DeploymentType {
    const names = [...new Set([...changes, ...removals].map(({ name }) => name))];
    const times = { createdAt: toDate(createdAt), ...(finishedAt !== undefined && { finishedAt: toDate(finishedAt) }) };
    return Object.assign(new DeploymentType(), {
      id,
      serverId,
      state,
      generation,
      names,
      ...times,
      ...(problem && { problem: toDetail(problem) }),
    });
  }
}

@ObjectType({ description: 'A page of deployments.' })
export class DeploymentConnection extends Connection(DeploymentType, 'Deployment') {}

@ObjectType('DriftPart', { description: 'Something on a server that somebody has changed by hand.' })
class DriftPartType {
  @Field({ description: 'A path in the tree of Hostseal, or what it is of the configuration of the server.' }) path!: string;
  @Field({ description: 'What is wrong with it, for a person.' }) detail!: string;
}

@ObjectType('ServerDrift', { description: 'What was changed by hand on a server, the last time that anything was found.' })
export class ServerDriftType {
  @Field({ description: 'When all of it was looked at last.' }) lookedAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When something was found last; null: never.' }) foundAt?: Date;
  @Field(() => [DriftPartType], { description: 'What that was. What was in the tree is kept in its folder `found-by-hand`.' })
  found!: DriftPartType[];
  @Field(() => Date, { nullable: true, description: 'When it was set right; null: it could not be, and somebody has to look.' })
  setRightAt?: Date;

  static from({ lookedAt, foundAt, found, setRightAt }: ServerDrift): ServerDriftType {
    return Object.assign(new ServerDriftType(), {
      lookedAt: toDate(lookedAt),
      found: [...found],
      ...(foundAt !== undefined && { foundAt: toDate(foundAt) }),
      ...(setRightAt !== undefined && { setRightAt: toDate(setRightAt) }),
    });
  }
}
