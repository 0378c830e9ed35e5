/**
 * Which names are answered for, and by whose sites. Rooms to the right know, and register here; whoever has to ask sees their answers, never
 * the rooms.
 */
import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import type { Hostname } from '../../values/hostname.js';
import type { ServedName } from './domain.js';

export interface ServesNames {
  /** Names of sites that are the domain, are below it, or stand for it as a wildcard. */
  namesAround(tx: Tx, domain: Hostname): Promise<readonly ServedName[]>;
}

@Injectable()
export class ServedNames {
  private readonly rooms: ServesNames[] = [];

  register(room: ServesNames): void {
    this.rooms.push(room);
  }

  async around(tx: Tx, domain: Hostname): Promise<readonly ServedName[]> {
    return (await Promise.all(this.rooms.map((room) => room.namesAround(tx, domain)))).flat();
  }
}
