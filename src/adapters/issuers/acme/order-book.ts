/**
 * What is kept of orders between calls, and never more than the CA does not tell again. State keys:
 *
 * - `reference/<reference>`: Reference. How far its placing came: written before the CA is asked, and after.
 * - `order/<hash of its URL>`: OrderRecord. Two references meet in one where a CA answers a second order for the same names with the first
 *   (Let's Encrypt does, while the first is pending).
 */
import { createHash } from 'node:crypto';
import type { CertificateName, Hostname } from '../../../values/hostname.js';
import type { Instant } from '../../../values/instant.js';
import type { MemberState, Versioned } from '../../member-state.js';

export type Reference =
  /** The CA is being asked, or the process that asked it died. */
  | { readonly phase: 'PLACING'; readonly at: Instant; readonly names: readonly CertificateName[]; readonly omitReplaces: boolean }
  /** The answer did not come; there may be an order. */
  | { readonly phase: 'LOST'; readonly names: readonly CertificateName[]; readonly omitReplaces: boolean }
  /** The CA has none for it. `omitReplaces`: it failed over a request that named the certificate to be replaced. */
  | { readonly phase: 'NONE'; readonly omitReplaces: boolean }
  | { readonly phase: 'PLACED'; readonly url: string };

export type OrderRecord = {
  readonly url: string;
  readonly reference: string;
  readonly placedAt: Instant;
  readonly names: readonly string[];
  readonly finalize: string;
  readonly authorizations: readonly string[];
  /** Undefined until the authorizations were read. */
  readonly challenges?: readonly ChallengeRecord[];
  /** Written before the request is sent; what is sent later is exactly this. */
  readonly finalizing?: Finalizing;
};

export type ChallengeRecord = { readonly name: Hostname; readonly authorization: string; readonly url: string; readonly token: string };

export type Finalizing = {
  /** SHA-256 of the request, hex. */
  readonly csr: string;
  /** Since when an answer is awaited; undefined: it did not come. */
  readonly sentAt?: Instant;
};

export class OrderBook {
  constructor(private readonly state: MemberState) {}

  reference(reference: string): Promise<Versioned<Reference> | undefined> {
    return this.state.read<Reference>(referenceKey(reference));
  }

  /** False where somebody else wrote since `kept` was read. */
  writeReference(reference: string, next: Reference, kept: Versioned<Reference> | undefined): Promise<boolean> {
    return kept ? this.state.replace(referenceKey(reference), next, kept.version) : this.state.create(referenceKey(reference), next);
  }

  async order(url: string): Promise<OrderRecord | undefined> {
    return (await this.state.read<OrderRecord>(orderKey(url)))?.body;
  }

  /** The order that is in the book afterwards: this one, or the one that was there. */
  async addOrder(record: OrderRecord): Promise<OrderRecord> {
    const first = await this.state.create(orderKey(record.url), record);
    return first ? record : ((await this.order(record.url)) ?? missing(record.url));
  }

  /** Compare and set, again on the newest record where another writer came first. `change` returns what it was given for no change. */
  async changeOrder(url: string, change: (order: OrderRecord) => OrderRecord): Promise<OrderRecord> {
    for (;;) {
      const kept = await this.state.read<OrderRecord>(orderKey(url));
      if (kept === undefined) return missing(url);
      const changed = change(kept.body);
      // Each lost round is another writer's progress, and an order has a bounded number of changes; so this ends.
      if (changed === kept.body || (await this.state.replace(orderKey(url), changed, kept.version))) return changed;
    }
  }
}

const referenceKey = (reference: string): string => `reference/${reference}`;
const orderKey = (url: string): string => `order/${createHash('sha256').update(url).digest('hex').slice(0, 40)}`;

function missing(url: string): never {
  throw new Error(`the order ${url} went out of the book`);
}
