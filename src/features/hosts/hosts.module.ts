import { Module } from '@nestjs/common';
import { HostAccess } from './host-access.service.js';
import { HostRegistration } from './host-registration.service.js';
import { HostsResolver } from './hosts.resolver.js';
import { Hosts } from './hosts.service.js';
import { HostsStore } from './hosts.store.js';
import { LookAtHostsJob } from './look-at-hosts.job.js';

@Module({ providers: [HostsStore, Hosts, HostRegistration, HostAccess, LookAtHostsJob, HostsResolver], exports: [HostAccess] })
export class HostsModule {}
