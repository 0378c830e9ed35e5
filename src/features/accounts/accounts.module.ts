import { Global, Module } from '@nestjs/common';
import { Access } from './access.service.js';
import { AccountsResolver } from './accounts.resolver.js';
import { Accounts } from './accounts.service.js';
import { AccountsStore } from './accounts.store.js';
import { ApiTokens } from './api-tokens.service.js';
import { Dependents } from './dependents.service.js';

/** Global, since every room asks Access first. */
@Global()
@Module({
  providers: [Access, Dependents, AccountsStore, Accounts, ApiTokens, AccountsResolver],
  exports: [Access, Dependents, Accounts, ApiTokens],
})
export class AccountsModule {}
