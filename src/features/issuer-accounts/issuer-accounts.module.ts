import { Module } from '@nestjs/common';
import { AccountKeyChanger } from './account-key-changer.service.js';
import { ChangeAccountKeyJob } from './change-account-key.job.js';
import { IssuerAccountsResolver } from './issuer-accounts.resolver.js';
import { IssuerAccounts } from './issuer-accounts.service.js';
import { IssuerAccountsStore } from './issuer-accounts.store.js';

@Module({ providers: [IssuerAccountsStore, IssuerAccounts, AccountKeyChanger, ChangeAccountKeyJob, IssuerAccountsResolver] })
export class IssuerAccountsModule {}
