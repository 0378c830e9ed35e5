/**
 * Where certificates are in use. Rooms to the right know, and register here; whoever has to ask sees their answers, never the rooms.
 */
import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';

export interface ServesCertificates {
  /** Where it shall answer, in words: `shop.example at 192.0.2.1:443`; at most `limit` of them. */
  placesOf(tx: Tx, certificateId: string, limit: number): Promise<readonly string[]>;
  /** Where it answers beside another, that answers alone from now on. */
  dropFromPairs(tx: Tx, certificateId: string): Promise<void>;
}

/** Enough to find them by; a certificate may answer for a hundred names at every address. */
const NAMED = 5;

@Injectable()
export class ServedCertificates {
  private readonly rooms: ServesCertificates[] = [];

  register(room: ServesCertificates): void {
    this.rooms.push(room);
  }

  /** Some of the places; none where it is in use nowhere. */
  async placesOf(tx: Tx, certificateId: string): Promise<readonly string[]> {
    const places = await Promise.all(this.rooms.map((room) => room.placesOf(tx, certificateId, NAMED)));
    return places.flat().slice(0, NAMED);
  }

  async dropFromPairs(tx: Tx, certificateId: string): Promise<void> {
    for (const room of this.rooms) await room.dropFromPairs(tx, certificateId);
  }
}
