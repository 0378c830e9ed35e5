/**
 * Placing an order so that a reference has at most one, though the answer may be lost and the process killed at any point. ACME has no
 * reference of the client's, so: the intent is written before the CA is asked; whoever comes while an answer may still be on its way is told to
 * come again; after that the CA's list of orders is asked (RFC 8555 7.1.2.1), and only then is an order placed anew. Most CAs have no list:
 * docs/decisions/0010-acme-client.md says what holds there.
 */
import type { Clock } from '../../../values/clock.js';
import type { CertificateName } from '../../../values/hostname.js';
import { plus, type Duration, type Instant } from '../../../values/instant.js';
import type { Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Versioned } from '../../member-state.js';
import { Deadline } from '../../network/dialing/deadline.js';
import type { Accounts } from './accounts.js';
import { answerAwaited, type AcmeFailure } from './protocol/failure.js';
import type { OrderBook, OrderRecord, Reference } from './order-book.js';
import type { AcmeTransport } from './protocol/transport.js';
import { linksOf, readOrder, readOrders, url as readUrl, type WireOrder } from './protocol/wire.js';

export type NewOrder = {
  readonly reference: string;
  readonly names: readonly CertificateName[];
  readonly profile?: string;
  /** RFC 9773 5: the identifier of the certificate that it comes in the place of. */
  readonly replaces?: string;
};

type Intent = {
  readonly reference: string;
  readonly at: Instant;
  readonly names: readonly CertificateName[];
  readonly omitReplaces: boolean;
};
type Placed = { readonly record: OrderRecord; readonly order: WireOrder };

export class Placing {
  constructor(
    private readonly title: string,
    private readonly accounts: Accounts,
    private readonly transport: AcmeTransport,
    private readonly book: OrderBook,
    private readonly clock: Clock,
    /** As long as an answer may be on its way. */
    private readonly answerMs: Duration,
  ) {}

  /** Where the reference's order is; undefined: for certain nowhere, or it is one that comes to nothing. */
  async find(reference: string): Promise<Result<string | undefined>> {
    const kept = await this.book.reference(reference);
    if (kept === undefined || kept.body.phase === 'NONE') return ok(undefined);
    if (kept.body.phase === 'PLACED') return ok(kept.body.url);
    if (kept.body.phase === 'PLACING' && this.clock.now() < plus(kept.body.at, this.answerMs)) return err(this.underWay(kept.body.at));
    const { names, omitReplaces } = kept.body;
    const intent = await this.intend({ reference, names, omitReplaces }, kept);
    // One at a time: two who look would find the same order, or two.
    if (intent === undefined) return err(this.underWay(this.clock.now()));
    const listed = await this.lookInList(reference, names);
    if (listed.ok && listed.value) return ok(await this.keep(intent, listed.value));
    await this.withdraw(intent, listed.ok ? { phase: 'NONE', omitReplaces } : { phase: 'LOST', names, omitReplaces });
    return listed.ok ? ok(undefined) : err(listed.problem.problem);
  }

  /** Answers with the order that the reference has, where it has one. */
  async place(request: NewOrder): Promise<Result<string>> {
    const { reference, names } = request;
    const found = await this.find(reference);
    if (!found.ok || found.value !== undefined) return found as Result<string>;
    // First, so that a CA that is out of reach leaves no intent behind.
    const account = await this.accounts.open();
    if (!account.ok) return err(account.problem.problem);
    const kept = await this.book.reference(reference);
    const omitReplaces = kept?.body.phase === 'NONE' && kept.body.omitReplaces;
    const mayPlace = kept === undefined || kept.body.phase === 'NONE';
    const intent = mayPlace ? await this.intend({ reference, names, omitReplaces }, kept) : undefined;
    if (intent === undefined) return err(this.underWay(this.clock.now()));
    const answer = await this.newOrder(omitReplaces ? { ...request, replaces: undefined } : request);
    if (answer.ok) return ok(await this.keep(intent, answer.value));
    const { refused, status = 0, type, problem: cause } = answer.problem;
    const failedOver = request.replaces !== undefined && status >= 500 && type !== undefined;
    await this.withdraw(
      intent,
      refused ? { phase: 'NONE', omitReplaces } : { phase: 'LOST', names, omitReplaces: omitReplaces || failedOver },
    );
    return err(cause);
  }

  private async newOrder(request: NewOrder): Promise<Result<Placed, AcmeFailure>> {
    const directory = await this.transport.directory();
    if (!directory.ok) return directory;
    const { names, profile, replaces } = request;
    const identifiers = names.map((value) => ({ type: 'dns', value }));
    const payload = { identifiers, ...(profile !== undefined && { profile }), ...(replaces !== undefined && { replaces }) };
    const answer = await this.accounts.post(directory.value.newOrder, payload);
    if (!answer.ok) {
      // What it replaces is told as a favour (RFC 9773 5): another order was faster, or the CA does not know the certificate.
      const { refused, problem: cause } = answer.problem;
      const favour = replaces !== undefined && refused && cause.code === 'ISSUER_REFUSED' && cause.sub.length === 0;
      return favour ? this.newOrder({ ...request, replaces: undefined }) : answer;
    }
    const [order, url] = [readOrder(answer.value.data), readUrl(answer.value.headers['location'])];
    if (order === undefined || url === undefined) return err(this.transport.malformed(directory.value.newOrder, 'its answer is no order'));
    // Its files would be laid down for names that somebody else has.
    if (order.names.join() !== [...names].sort().join())
      return err(this.transport.malformed(directory.value.newOrder, 'its order is for other names'));
    return ok({ order, record: this.recordOf(url, request.reference, order) });
  }

  private async lookInList(reference: string, names: readonly CertificateName[]): Promise<Result<Placed | undefined, AcmeFailure>> {
    const account = await this.accounts.open();
    if (!account.ok) return account;
    const wanted = [...names].sort().join();
    // A list that does not end holds a worker no longer than an answer that does not come.
    const deadline = new Deadline(this.answerMs);
    const endless = (at: string) => err(this.transport.malformed(at, 'its list of orders does not end'));
    let page = account.value.orders;
    while (page !== undefined) {
      if (deadline.remainingMs === 0) return endless(page);
      const listed = await this.accounts.post(page, null);
      if (!listed.ok) return listed;
      for (const url of readOrders(listed.value.data)) {
        const known = await this.book.order(url);
        // Another reference's.
        if (known !== undefined && known.reference !== reference) continue;
        if (deadline.remainingMs === 0) return endless(page);
        const answer = await this.accounts.post(url, null);
        if (!answer.ok && !answer.problem.refused) return answer;
        const order = answer.ok ? readOrder(answer.value.data) : undefined;
        if (order === undefined || order.names.join() !== wanted || !isOpen(order)) continue;
        return ok({ order, record: this.recordOf(url, reference, order) });
      }
      [page] = linksOf(listed.value.headers['link'], 'next');
    }
    return ok(undefined);
  }

  /** Undefined where somebody else was faster. */
  private async intend(intent: Omit<Intent, 'at'>, kept: Versioned<Reference> | undefined): Promise<Intent | undefined> {
    const { reference, names, omitReplaces } = intent;
    const at = this.clock.now();
    return (await this.book.writeReference(reference, { phase: 'PLACING', at, names, omitReplaces }, kept)) ? { ...intent, at } : undefined;
  }

  /** The order first, then the reference: one that was killed in between is found in the list, as its own. Where an answer came so late that
   * another order was placed, that one stands. */
  private async keep({ reference }: Intent, { record }: Placed): Promise<string> {
    await this.book.addOrder(record);
    for (;;) {
      const kept = await this.book.reference(reference);
      if (kept?.body.phase === 'PLACED') return kept.body.url;
      if (await this.book.writeReference(reference, { phase: 'PLACED', url: record.url }, kept)) return record.url;
    }
  }

  /** Unless somebody else has taken it up since. */
  private async withdraw({ reference, at }: Intent, next: Reference): Promise<void> {
    const kept = await this.book.reference(reference);
    if (kept?.body.phase === 'PLACING' && kept.body.at === at) await this.book.writeReference(reference, next, kept);
  }

  private recordOf(url: string, reference: string, { names, finalize, authorizations }: WireOrder): OrderRecord {
    return { url, reference, placedAt: this.clock.now(), names, finalize, authorizations };
  }

  private underWay(since: Instant): Problem {
    return answerAwaited(this.title, plus(since, this.answerMs));
  }
}

const isOpen = ({ status }: WireOrder): boolean => status === 'pending' || status === 'ready';
