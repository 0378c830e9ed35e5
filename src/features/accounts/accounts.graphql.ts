import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection } from '../../graphql/connection.js';
import { ProblemCodeEnum, resultUnion } from '../../graphql/problem.graphql.js';
import { ACCOUNT_KINDS, TOKEN_SCOPES, type AccountKind, type TokenScope } from '../../values/actor.js';
import { toDate } from '../../values/instant.js';
import type { ProblemCode } from '../../values/problems/codes.js';
import type { Account } from './account.js';
import type { ApiToken } from './api-token.js';

const AccountKindEnum = Object.fromEntries(ACCOUNT_KINDS.map((kind) => [kind, kind])) as Record<AccountKind, AccountKind>;
registerEnumType(AccountKindEnum, {
  name: 'AccountKind',
  description: 'Administrators hold resellers and customers, resellers hold customers.',
  valuesMap: {
    ADMIN: { description: 'Runs the platform: at the root of the tree.' },
    RESELLER: { description: 'Sells to customers of its own.' },
    CUSTOMER: { description: 'Has sites.' },
  },
});
const NewAccountKindEnum = { RESELLER: 'RESELLER', CUSTOMER: 'CUSTOMER' } as const;
registerEnumType(NewAccountKindEnum, {
  name: 'NewAccountKind',
  description: 'What can be made below an account.',
  valuesMap: {
    RESELLER: { description: 'Below administrators.' },
    CUSTOMER: { description: 'Below administrators and resellers.' },
  },
});
const TokenScopeEnum = Object.fromEntries(TOKEN_SCOPES.map((scope) => [scope, scope])) as Record<TokenScope, TokenScope>;
registerEnumType(TokenScopeEnum, {
  name: 'TokenScope',
  description:
    'What a token may do. Without READ it is shown the thing that its call made or changed, and nothing that leads on from there.',
  valuesMap: {
    READ: { description: 'Read what the account and those below it have.' },
    WRITE_ACCOUNTS: { description: 'Make accounts and tokens below.' },
    WRITE_SERVERS: { description: 'Register servers and addresses, and choose who signs a product.' },
    WRITE_SITES: { description: 'Add domains and sites, and check them.' },
    WRITE_ORDERS: { description: 'Order certificates, and cancel orders.' },
  },
});

const AuditOutcomeEnum = { DONE: 'DONE', REFUSED: 'REFUSED', REPLAYED: 'REPLAYED' } as const;
registerEnumType(AuditOutcomeEnum, {
  name: 'AuditOutcome',
  description: 'What came of a call.',
  valuesMap: {
    DONE: { description: 'It was done.' },
    REFUSED: { description: 'It changed nothing; `code` says why.' },
    REPLAYED: { description: 'It was answered with what an earlier call with the same idempotency key did.' },
  },
});

@ObjectType('Account', { description: 'An administrator, reseller or customer. It sees itself and all below it.' })
export class AccountType {
  @Field(() => ID, { description: '`acc_…`.' }) id!: string;
  @Field(() => ID, { nullable: true, description: 'The account above.' }) parentId?: string;
  @Field(() => AccountKindEnum, { description: 'Its place in the tree.' }) kind!: AccountKind;
  @Field({ description: 'For people.' }) name!: string;
  @Field({ description: 'When it was made.' }) createdAt!: Date;

  static from({ id, parentId, kind, name, createdAt }: Account): AccountType {
    return Object.assign(new AccountType(), { id, parentId, kind, name, createdAt: toDate(createdAt) });
  }
}

@ObjectType('ApiToken', { description: 'A token for this API. The token itself is shown once, when it is made.' })
export class ApiTokenType {
  @Field(() => ID, { description: '`tok_…`.' }) id!: string;
  @Field(() => ID, { description: 'The account that it acts for.' }) accountId!: string;
  @Field({ description: 'What it is for.' }) name!: string;
  @Field(() => [TokenScopeEnum], { description: 'What it may do.' }) scopes!: TokenScope[];
  @Field({ description: 'When it was made.' }) createdAt!: Date;
  @Field({ description: 'From then on it is refused.' }) expiresAt!: Date;
  @Field(() => Date, { nullable: true, description: 'Null where nobody revoked it.' }) revokedAt?: Date;

  static from(token: ApiToken): ApiTokenType {
    const { id, accountId, name, scopes, createdAt, expiresAt, revokedAt } = token;
    const times = { createdAt: toDate(createdAt), expiresAt: toDate(expiresAt), ...(revokedAt && { revokedAt: toDate(revokedAt) }) };
    return Object.assign(new ApiTokenType(), { id, accountId, name, scopes: [...scopes], ...times });
  }
}

@ObjectType('AuditEntry', { description: 'Who asked for what, and what came of it.' })
class AuditEntryType {
  @Field(() => ID, { description: '`aud_…`.' }) id!: string;
  @Field({ description: 'When.' }) at!: Date;
  @Field(() => ID, { description: 'Whose token asked.' }) accountId!: string;
  @Field(() => ID, { nullable: true, description: 'Absent where the platform itself acted.' }) tokenId?: string;
  @Field({ description: 'What was asked for: `order.place`.' }) action!: string;
  @Field(() => String, { nullable: true, description: 'The id or field that it was about.' }) subject?: string;
  @Field(() => AuditOutcomeEnum, { description: 'What came of it.' }) outcome!: keyof typeof AuditOutcomeEnum;
  @Field(() => ProblemCodeEnum, { nullable: true, description: 'Why it was refused.' }) code?: ProblemCode;
}

@ObjectType({ description: 'A page of accounts.' })
export class AccountConnection extends Connection(AccountType, 'Account') {}
@ObjectType({ description: 'A page of tokens.' })
export class ApiTokenConnection extends Connection(ApiTokenType, 'ApiToken') {}
@ObjectType({ description: 'A page of the audit log.' })
export class AuditEntryConnection extends Connection(AuditEntryType, 'AuditEntry') {}

@InputType({ description: 'The account to make.' })
export class CreateAccountInput {
  @Field(() => ID, { nullable: true, description: 'The account above; by default the caller.' }) parentId?: string | null;
  @Field(() => NewAccountKindEnum, { description: 'Customers take in nobody.' }) kind!: 'RESELLER' | 'CUSTOMER';
  @Field({ description: 'For people; at most 100 characters.' }) name!: string;
}

@InputType({ description: 'The token to make.' })
export class CreateApiTokenInput {
  @Field(() => ID, { nullable: true, description: 'Whose token; by default the caller.' }) accountId?: string | null;
  @Field({ description: 'What it is for.' }) name!: string;
  @Field(() => [TokenScopeEnum], { description: 'At most those of the calling token.' }) scopes!: TokenScope[];
  @Field({ description: 'At most 366 days from now, and no later than the calling token ends.' }) expiresAt!: Date;
}

@ObjectType({ description: 'It is made.' })
export class CreateAccountSuccess {
  @Field(() => AccountType, { description: 'The account.' }) account!: AccountType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
@ObjectType({ description: 'It is made.' })
export class CreateApiTokenSuccess {
  @Field(() => ApiTokenType, { description: 'What is known of it.' }) token!: ApiTokenType;
  @Field(() => String, { nullable: true, description: 'The token itself, this once. Null in a replay.' }) secret?: string;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
@ObjectType({ description: 'It is refused from now on.' })
export class RevokeApiTokenSuccess {
  @Field(() => ApiTokenType, { description: 'What is known of it.' }) token!: ApiTokenType;
  @Field({ description: 'An earlier call with this idempotency key did it.' }) replayed!: boolean;
}
export const CreateAccountResult = resultUnion('CreateAccountResult', CreateAccountSuccess);
export const CreateApiTokenResult = resultUnion('CreateApiTokenResult', CreateApiTokenSuccess);
export const RevokeApiTokenResult = resultUnion('RevokeApiTokenResult', RevokeApiTokenSuccess);
