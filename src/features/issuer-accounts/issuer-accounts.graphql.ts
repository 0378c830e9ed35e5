import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { ProblemDetail, resultUnion, toDetail } from '../../graphql/problem.graphql.js';
import { toDate } from '../../values/instant.js';
import type { IssuerAccount } from './issuer-account.js';

@ObjectType('IssuerAccount', { description: 'The account of the platform at a CA, and the last change of its key.' })
export class IssuerAccountType {
  @Field(() => ID, { description: 'The issuer: `acme-letsencrypt`.' }) id!: string;
  @Field({ description: 'When a change of its key was asked for last.' }) keyChangeRequestedAt!: Date;
  @Field(() => Date, { nullable: true, description: 'When its key was changed last. Null where it never was.' }) keyChangedAt?: Date;
  @Field({ description: 'Is a change under way?' }) keyChangeUnderWay!: boolean;
  @Field(() => ProblemDetail, { nullable: true, description: 'Why the last try came to nothing.' }) problem?: ProblemDetail;

  static from({ issuerId: id, keyChangeRequestedAt, keyChangedAt, keyChangeDueAt, problem }: IssuerAccount): IssuerAccountType {
    return Object.assign(new IssuerAccountType(), {
      ...{ id, keyChangeRequestedAt: toDate(keyChangeRequestedAt), keyChangeUnderWay: keyChangeDueAt !== undefined },
      ...(keyChangedAt !== undefined && { keyChangedAt: toDate(keyChangedAt) }),
      ...(problem && { problem: toDetail(problem) }),
    });
  }
}

@InputType('ChangeAccountKeyInput', { description: 'Where the key is to be changed.' })
export class ChangeAccountKeyInputType {
  @Field({ description: 'The issuer: `acme-letsencrypt`. It has to be a CA at which the platform has an account.' }) issuerId!: string;
}

@ObjectType({ description: 'It is asked for. A worker changes the key within moments, or when the CA is reached again.' })
export class ChangeAccountKeySuccess {
  @Field(() => IssuerAccountType, { description: 'The account.' }) account!: IssuerAccountType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const ChangeAccountKeyResult = resultUnion('ChangeAccountKeyResult', ChangeAccountKeySuccess);
