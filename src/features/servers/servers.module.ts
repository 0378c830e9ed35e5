import { Module } from '@nestjs/common';
import { ServersResolver } from './servers.resolver.js';
import { Servers } from './servers.service.js';
import { ServersStore } from './servers.store.js';

@Module({ providers: [ServersStore, Servers, ServersResolver], exports: [Servers] })
export class ServersModule {}
