import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ProblemDetail, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { CONVERGENCE_STATES, type Convergence, type ConvergenceState } from './convergence.js';

const ConvergenceStateEnum = Object.fromEntries(CONVERGENCE_STATES.map((state) => [state, state])) as Record<
  ConvergenceState,
  ConvergenceState
>;
registerEnumType(ConvergenceStateEnum, {
  name: 'ConvergenceState',
  description: 'Does a place show what it shall?',
  valuesMap: {
    CONVERGED: { description: 'The newest handshake showed the wanted certificate.' },
    LAGGING: { description: 'It showed another one.' },
    UNREACHABLE: { description: 'The newest handshake did not come about.' },
    UNKNOWN: { description: 'Nobody has looked in the last 30 minutes, or nothing is bound there yet.' },
  },
});

@ObjectType('ServedVersion', { description: 'A certificate at a place, since when.' })
class ServedVersionType {
  @Field(() => String, { nullable: true, description: 'Lower-case hex; null where the platform does not have it at hand.' })
  serial?: string;
  @Field({ description: 'SHA-256 of its DER, lower-case hex.' }) fingerprint!: string;
  @Field({ description: 'Since then: wanted, or shown (the first handshake that showed it after the last that did not).' }) since!: Date;
}

@ObjectType('Convergence', { description: 'What is wanted at one place of a site, and what is shown there.' })
export class ConvergenceType {
  @Field(() => ID, { description: 'The server that listens there.' }) serverId!: string;
  @Field({ description: 'IPv4 or IPv6 address.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
  @Field({ description: 'The name that was asked for (SNI).' }) name!: string;
  @Field(() => ServedVersionType, { nullable: true, description: 'What shall be shown; null where nothing is bound yet.' })
  wanted?: ServedVersionType;
  @Field(() => ServedVersionType, { nullable: true, description: 'What was shown last; null where none was seen.' })
  shown?: ServedVersionType;
  @Field(() => ConvergenceStateEnum, { description: 'Is it the same?' }) state!: ConvergenceState;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why not: what the deployment came to, or the handshake.' })
  problem?: ProblemDetail;

  static from({ serverId, ip: address, port, name, wanted, shown, state, problem }: Convergence): ConvergenceType {
    const version = (it: NonNullable<Convergence['wanted']>) => Object.assign(new ServedVersionType(), it, { since: toDate(it.since) });
    return Object.assign(new ConvergenceType(), {
      ...{ serverId, address, port, name, state },
      ...(wanted && { wanted: version(wanted) }),
      ...(shown && { shown: version(shown) }),
      ...(problem && { problem: toDetail(problem) }),
    });
  }
}
