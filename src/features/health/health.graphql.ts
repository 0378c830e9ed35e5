import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { Finding, Health, HealthState } from '../../cores/tls/health.js';
import { ProblemDetail, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';

const HealthStateEnum = { SECURE: 'SECURE', NOT_SECURE: 'NOT_SECURE', UNKNOWN: 'UNKNOWN' } as const satisfies Record<
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

const FindingReasonEnum = {
  PROVEN: 'PROVEN',
  FAILED: 'FAILED',
  NO_ANSWER: 'NO_ANSWER',
  STALE: 'STALE',
  NEVER_OBSERVED: 'NEVER_OBSERVED',
} as const satisfies Record<Finding['reason'], Finding['reason']>;
registerEnumType(FindingReasonEnum, {
  name: 'FindingReason',
  description: 'What a finding rests on.',
  valuesMap: {
    PROVEN: { description: 'A handshake showed all that it had to: SECURE.' },
    FAILED: { description: 'A handshake showed something else: NOT_SECURE.' },
    NO_ANSWER: { description: 'No handshake came about: UNKNOWN.' },
    STALE: { description: 'The newest handshake is too old: UNKNOWN.' },
    NEVER_OBSERVED: { description: 'Nobody has looked yet, or no certificate is bound there yet: UNKNOWN.' },
  },
});

@ObjectType('SecurityFinding', { description: 'What the newest handshake at one address for one name says.' })
class SecurityFindingType {
  @Field({ description: 'IPv4 or IPv6 address.' }) address!: string;
  @Field(() => Int, { description: 'TCP port.' }) port!: number;
  @Field({ description: 'The name that was asked for (SNI).' }) name!: string;
  @Field(() => HealthStateEnum, { description: 'What it says.' }) state!: HealthState;
  @Field(() => FindingReasonEnum, { description: 'What that rests on.' }) reason!: Finding['reason'];
  @Field(() => ProblemDetail, { nullable: true, description: 'Why it is not secure, or why it is not known.' }) problem?: ProblemDetail;
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
  @Field(() => [SecurityFindingType], { description: 'One for each TLS port of each address of its servers, and each name of the site.' })
  findings!: SecurityFindingType[];

  static from({ state, findings }: Health): SecurityType {
    return Object.assign(new SecurityType(), { state, findings: findings.map(SecurityFindingType.from) });
  }
}
