import { Injectable } from '@nestjs/common';
import type { Actor } from '../../values/actor.js';
import { ServerDriftStore, type ServerDrift } from './server-drift.store.js';

/** What was changed by hand on servers, for those who may know their files. */
@Injectable()
export class ServerDrifts {
  constructor(private readonly store: ServerDriftStore) {}

  /** None for who is no administrator: it names paths of the machine. */
  async of(actor: Actor, serverIds: readonly string[]): Promise<ReadonlyMap<string, ServerDrift>> {
    return actor.kind === 'ADMIN' ? this.store.of(serverIds) : new Map<string, ServerDrift>();
  }
}
