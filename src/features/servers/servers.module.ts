import { Module } from '@nestjs/common';
import { ConfiguredEdge } from './configured-edge.service.js';
import { ServersResolver } from './servers.resolver.js';
import { Servers } from './servers.service.js';
import { ServersStore } from './servers.store.js';

@Module({ providers: [ServersStore, Servers, ConfiguredEdge, ServersResolver], exports: [Servers, ConfiguredEdge] })
export class ServersModule {}
