/**
 * How a Problem looks over GraphQL: an interface with a few types behind it, so that one `... on Problem { code message remedy }`
 * serves any client. The type says what kind of refusal it is; the code names the cause.
 */
import { createUnionType, Field, InterfaceType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { CATALOGUE, messageOf, remedyOf, type Actor as ActsNow } from '../values/problems/catalogue.js';
import { PROBLEM_CODES, type ProblemCode } from '../values/problems/codes.js';
import type { Problem as Cause } from '../values/problems/problem.js';
import type { Result } from '../values/result.js';

export const ProblemCodeEnum = Object.fromEntries(PROBLEM_CODES.map((code) => [code, code])) as Record<ProblemCode, ProblemCode>;
registerEnumType(ProblemCodeEnum, {
  name: 'ProblemCode',
  description: 'The cause. Each is described in docs/problems.md.',
  valuesMap: Object.fromEntries(PROBLEM_CODES.map((code) => [code, { description: `${CATALOGUE[code].title}.` }])),
});
const WhoActsEnum = { CALLER: 'CALLER', ADMIN: 'ADMIN', CA: 'CA', HOSTSEAL: 'HOSTSEAL' } as const satisfies Record<ActsNow, ActsNow>;
registerEnumType(WhoActsEnum, {
  name: 'WhoActs',
  description: 'Who has to do something now.',
  valuesMap: {
    CALLER: { description: 'Whoever sent the request.' },
    ADMIN: { description: 'An administrator of the platform.' },
    CA: { description: 'The certificate authority.' },
    HOSTSEAL: { description: 'Nobody has to: Hostseal goes on by itself, or the fault is ours.' },
  },
});

@InterfaceType('Problem', {
  description: 'Something that was refused or failed: what happened, to what, and what to do now.',
  resolveType: (value: ProblemFields) => value.constructor.name,
})
export abstract class ProblemFields {
  @Field(() => ProblemCodeEnum, { description: 'The cause.' }) code!: ProblemCode;
  @Field({ description: 'What happened, for a person.' }) message!: string;
  @Field({ description: 'What to do now.' }) remedy!: string;
  @Field(() => WhoActsEnum, { description: 'Who has to do it.' }) whoActs!: ActsNow;
  @Field({ description: 'May the same request succeed later?' }) retryable!: boolean;
  @Field(() => String, { nullable: true, description: 'The input field, name or id that it is about.' }) subject?: string;
  @Field(() => Date, { nullable: true, description: 'Before this time another try is not worth it.' }) retryAfter?: Date;
  @Field(() => [ProblemDetail], { description: 'One per field or name, where several failed.' }) sub!: ProblemDetail[];

  static fieldsOf(cause: Cause): Omit<ProblemFields, never> {
    return {
      code: cause.code,
      message: messageOf(cause),
      remedy: remedyOf(cause),
      whoActs: CATALOGUE[cause.code].whoActs,
      retryable: CATALOGUE[cause.code].retryable,
      ...(cause.subject !== undefined && { subject: cause.subject }),
      ...(cause.retryAfter !== undefined && { retryAfter: new Date(cause.retryAfter) }),
      sub: cause.sub.map((part) => Object.assign(new ProblemDetail(), ProblemFields.fieldsOf(part))),
    };
  }
}

@ObjectType({ implements: () => ProblemFields, description: 'A problem that is part of another, or the reason of a state.' })
export class ProblemDetail extends ProblemFields {}

@ObjectType({ implements: () => ProblemFields, description: 'Some of the input cannot be used; `sub` names each field.' })
export class InvalidInput extends ProblemFields {}

@ObjectType({ implements: () => ProblemFields, description: 'The token may not do that.' })
export class NotAllowed extends ProblemFields {}

@ObjectType({ implements: () => ProblemFields, description: 'There is no such thing for this caller.' })
class NotFound extends ProblemFields {}

@ObjectType({ implements: () => ProblemFields, description: 'It does not go together with what is there.' })
export class Conflict extends ProblemFields {}

@ObjectType({ implements: () => ProblemFields, description: 'An issuer or a server refused or did not answer.' })
class PartyRefused extends ProblemFields {}

const FAILURES = [InvalidInput, NotAllowed, NotFound, Conflict, PartyRefused] as const;
const CONFLICTS: readonly ProblemCode[] = [
  'NAME_IN_USE',
  'SERVER_REGISTERED',
  'SERVER_NOT_CONFIGURED',
  'ADDRESSES_DEDICATED',
  'WRONG_STATE',
  'IDEMPOTENCY_KEY_REUSED',
  'QUOTE_REQUIRED',
  'ISSUER_UNKNOWN',
  'ORDER_UNDER_WAY',
  'ORDER_LIMIT_REACHED',
  'WRONG_PARENT',
  'TOKEN_LIMIT_REACHED',
  'CERTIFICATE_SERVED',
  'CERTIFICATE_KEPT_ELSEWHERE',
  'SITE_IN_USE',
  'SERVER_IN_USE',
  'ADDRESS_IN_USE',
  'DOMAIN_IN_USE',
  'MOVE_UNDER_WAY',
  'HOME_SERVER',
  'SERVER_IN_POOL',
  'POOL_LAST_SERVER',
  'NOT_REPAIRABLE',
];
const PARTIES: readonly ProblemCode[] = [
  'ISSUER_UNREACHABLE',
  'ISSUER_REFUSED',
  'SERVER_UNREACHABLE',
  'SERVER_REFUSED',
  'SERVER_DISK_FULL',
];

/** The instance of the right type: Nest finds a union's member by class. */
function toFailure(cause: Cause): InstanceType<(typeof FAILURES)[number]> {
  return Object.assign(new (typeFor(cause.code))(), ProblemFields.fieldsOf(cause));
}

export const toDetail = (cause: Cause): ProblemDetail => Object.assign(new ProblemDetail(), ProblemFields.fieldsOf(cause));

function typeFor(code: ProblemCode): (typeof FAILURES)[number] {
  if (code === 'NOT_ALLOWED' || code === 'UNAUTHENTICATED') return NotAllowed;
  if (code === 'NOT_FOUND') return NotFound;
  if (CONFLICTS.includes(code)) return Conflict;
  if (PARTIES.includes(code)) return PartyRefused;
  return InvalidInput;
}

/** `union PlaceOrderResult = PlaceOrderSuccess | InvalidInput | NotAllowed | …` */
export function resultUnion<T extends new () => object>(name: string, success: T) {
  return createUnionType({ name, description: 'Success, or a Problem.', types: () => [success, ...FAILURES] as const });
}

/** Wraps a Result for such a union. */
export function asResult<T, S extends object>(
  success: new () => S,
  result: Result<T>,
  fields: (value: T) => S,
): S | ReturnType<typeof toFailure> {
  return result.ok ? Object.assign(new success(), fields(result.value)) : toFailure(result.problem);
}
