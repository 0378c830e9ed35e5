import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection } from '../../graphql/connection.js';
import { ProblemCodeEnum, resultUnion } from '../../graphql/problem.graphql.js';
import { ACCOUNT_KINDS, TOKEN_SCOPES, type AccountKind, type TokenScope } from '../../values/actor.js';
import { toDate } from '../../values/instant.js';
import type { ProblemCode } from '../../values/problems/codes.js';
import type { Account } from './account.js';
import type { ApiToken } from './api-token.js';

export const AccountKindEnum = Object.fromEntries(ACCOUNT_KINDS.map((kind) => [kind, kind])) as Record<AccountKind, AccountKind>;
registerEnumType(AccountKindEnum, {
  name: 'AccountKind',
  description: 'Administrators hold resellers and customers, resellers hold customers.',
});
export const NewAccountKindEnum = { RESELLER: 'RESELLER', CUSTOMER: 'CUSTOMER' } as const;
registerEnumType(NewAccountKindEnum, { name: 'NewAccountKind', description: 'What can be made below an account.' });
export const TokenScopeEnum = Object.fromEntries(TOKEN_SCOPES.map((scope) => [scope, scope])) as Record<TokenScope, TokenScope>;
registerEnumType(TokenScopeEnum, {
  name: 'TokenScope',
  description: 'What a token may do.',
  valuesMap: {
    READ: { description: 'Read what the account and those below it have.' },
    WRITE_ACCOUNTS: { description: 'Make accounts and tokens below.' },
    WRITE_SERVERS: { description: 'Register servers and addresses.' },
    WRITE_SITES: { description: 'Add domains and sites, and check them.' },
    WRITE_ORDERS: { description: 'Order, cancel and revoke certificates.' },
  },
});

@ObjectType('Account', { description: 'An administrator, reseller or customer. It sees itself and all below it.' })
export class AccountType {
  @Field(() => ID) id!: string;
  @Field(() => ID, { nullable: true, description: 'The account above.' }) parentId?: string;
  @Field(() => AccountKindEnum) kind!: AccountKind;
  @Field() name!: string;
  @Field() createdAt!: Date;

  static from({ id, parentId, kind, name, createdAt }: Account): AccountType {
    return Object.assign(new AccountType(), { id, parentId, kind, name, createdAt: toDate(createdAt) });
  }
}

@ObjectType('ApiToken', { description: 'A token for this API. The token itself is shown once, when it is made.' })
export class ApiTokenType {
  @Field(() => ID) id!: string;
  @Field(() => ID) accountId!: string;
  @Field() name!: string;
  @Field(() => [TokenScopeEnum]) scopes!: TokenScope[];
  @Field() createdAt!: Date;
  @Field() expiresAt!: Date;
  @Field(() => Date, { nullable: true }) revokedAt?: Date;

  static from(token: ApiToken): ApiTokenType {
    const { id, accountId, name, scopes, createdAt, expiresAt, revokedAt } = token;
    const times = { createdAt: toDate(createdAt), expiresAt: toDate(expiresAt), ...(revokedAt && { revokedAt: toDate(revokedAt) }) };
    return Object.assign(new ApiTokenType(), { id, accountId, name, scopes: [...scopes], ...times });
  }
}

@ObjectType('AuditEntry', { description: 'Who asked for what, and what came of it.' })
export class AuditEntryType {
  @Field(() => ID) id!: string;
  @Field() at!: Date;
  @Field(() => ID) accountId!: string;
  @Field(() => ID, { nullable: true, description: 'Absent where the platform itself acted.' }) tokenId?: string;
  @Field({ description: 'What was asked for: `order.place`.' }) action!: string;
  @Field(() => String, { nullable: true, description: 'The id or field that it was about.' }) subject?: string;
  @Field({ description: '`DONE`, `REFUSED` or `REPLAYED`.' }) outcome!: string;
  @Field(() => ProblemCodeEnum, { nullable: true, description: 'Why it was refused.' }) code?: ProblemCode;
}

@ObjectType()
export class AccountConnection extends Connection(AccountType, 'Account') {}
@ObjectType()
export class ApiTokenConnection extends Connection(ApiTokenType, 'ApiToken') {}
@ObjectType()
export class AuditEntryConnection extends Connection(AuditEntryType, 'AuditEntry') {}

@InputType()
export class CreateAccountInput {
  @Field(() => ID, { nullable: true, description: 'The account above; by default the caller.' }) parentId?: string | null;
  @Field(() => NewAccountKindEnum) kind!: 'RESELLER' | 'CUSTOMER';
  @Field({ description: 'For people; at most 100 characters.' }) name!: string;
}

@InputType()
export class CreateApiTokenInput {
  @Field(() => ID, { nullable: true, description: 'Whose token; by default the caller.' }) accountId?: string | null;
  @Field({ description: 'What it is for.' }) name!: string;
  @Field(() => [TokenScopeEnum], { description: 'At most those of the calling token.' }) scopes!: TokenScope[];
  @Field({ description: 'At most 366 days from now.' }) expiresAt!: Date;
}

@ObjectType()
export class CreateAccountSuccess {
  @Field(() => AccountType) account!: AccountType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
@ObjectType()
export class CreateApiTokenSuccess {
  @Field(() => ApiTokenType) token!: ApiTokenType;
  @Field(() => String, { nullable: true, description: 'The token itself, this once. Null in a replay.' }) secret?: string;
  @Field() replayed!: boolean;
}
@ObjectType()
export class RevokeApiTokenSuccess {
  @Field(() => ApiTokenType) token!: ApiTokenType;
  @Field() replayed!: boolean;
}
export const CreateAccountResult = resultUnion('CreateAccountResult', CreateAccountSuccess);
export const CreateApiTokenResult = resultUnion('CreateApiTokenResult', CreateApiTokenSuccess);
export const RevokeApiTokenResult = resultUnion('RevokeApiTokenResult', RevokeApiTokenSuccess);
