import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { Finding, Health, HealthState } from '../../cores/tls/health.js';
import { ProblemDetail, resultUnion, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import { SiteType } from '../sites/sites.graphql.js';

export const HealthStateEnum = { SECURE: 'SECURE', NOT_SECURE: 'NOT_SECURE', UNKNOWN: 'UNKNOWN' } as const satisfies Record<
  HealthState,
  HealthState
>;
registerEnumType(HealthStateEnum, {
  name: 'SecurityState',
  description: 'What fresh handshakes say.',
  valuesMap: {
    SECURE: { description: 'A handshake of the last 30 minutes proved it, at every address and for every name.' },
    NOT_SECURE: { description: 'A handshake showed that it is not.' },
    UNKNOWN: { description: 'It could not be found out, or not lately. Never counts as fine.' },
  },
});

@ObjectType('SecurityFinding', { description: 'What the newest handshake at one address for one name says.' })
export class SecurityFindingType {
  @Field() address!: string;
  @Field(() => Int) port!: number;
  @Field() name!: string;
  @Field(() => HealthStateEnum) state!: HealthState;
  @Field({ description: '`PROVEN`, `FAILED`, `NO_ANSWER`, `STALE` or `NEVER_OBSERVED`.' }) reason!: string;
  @Field(() => ProblemDetail, { nullable: true }) problem?: ProblemDetail;
  @Field(() => Date, { nullable: true, description: 'When that handshake was made.' }) observedAt?: Date;

  static from({ promised, state, reason, cause, at }: Finding): SecurityFindingType {
    const { address, port, name } = promised;
    return Object.assign(new SecurityFindingType(), {
      ...{ address, port, name, state, reason },
      ...(cause && { problem: toDetail(cause) }),
      ...(at !== undefined && { observedAt: toDate(at) }),
    });
  }
}

@ObjectType('Security', { description: 'Whether a site is served securely, as real handshakes of the last minutes showed it.' })
export class SecurityType {
  @Field(() => HealthStateEnum, { description: 'The worst of the findings.' }) state!: HealthState;
  @Field(() => [SecurityFindingType], { description: 'One for each address and name.' }) findings!: SecurityFindingType[];

  static from({ state, findings }: Health): SecurityType {
    return Object.assign(new SecurityType(), { state, findings: findings.map(SecurityFindingType.from) });
  }
}

@ObjectType()
export class CheckSiteSuccess {
  @Field(() => SiteType) site!: SiteType;
  @Field() replayed!: boolean;
}
export const CheckSiteResult = resultUnion('CheckSiteResult', CheckSiteSuccess);
