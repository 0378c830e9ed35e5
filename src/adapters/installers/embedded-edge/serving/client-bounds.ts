/** How many of something one client may hold at once, and all together: a flood from one place leaves the others theirs. */
import type { Socket } from 'node:net';
import { parseIpAddress, subscriberOf, type IpAddress } from '../../../../values/ip-address.js';

export type Places = { readonly perClient: number; readonly inAll: number };

export class ClientBounds {
  readonly #places: Places;
  readonly #held = new Map<string, number>();
  #inAll = 0;

  constructor(places: Places) {
    this.#places = places;
  }

  /**
   * What gives the place back, to be called once; undefined where none is free. Without an address it is one of our own, on a unix
   * socket: never refused, or strangers could keep us from rehearsing.
   */
  enter(address: IpAddress | undefined): (() => void) | undefined {
    if (address === undefined) return () => undefined;
    const client = subscriberOf(address);
    const held = this.#held.get(client) ?? 0;
    if (held >= this.#places.perClient || this.#inAll >= this.#places.inAll) return undefined;
    this.#held.set(client, held + 1);
    this.#inAll++;
    return () => this.#leave(client);
  }

  #leave(client: string): void {
    const held = (this.#held.get(client) ?? 0) - 1;
    if (held > 0) this.#held.set(client, held);
    // Nothing is remembered of who has nothing: addresses are many.
    else this.#held.delete(client);
    this.#inAll--;
  }
}

/**
 * Without the zone that Node writes behind a link-local address (RFC 4007 11). Undefined on a unix socket, where only we are, and
 * for a client that has gone.
 */
export function clientAddress({ remoteAddress }: Pick<Socket, 'remoteAddress'>): IpAddress | undefined {
  const address = parseIpAddress((remoteAddress ?? '').split('%', 1)[0] ?? '');
  return address.ok ? address.value : undefined;
}
