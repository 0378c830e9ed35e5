/** Reads how far an order is at the CA: the order, and its authorizations where they say more (RFC 8555 7.4, 7.5). */
import type { Clock } from '../../../values/clock.js';
import type { Instant } from '../../../values/instant.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { IssuerStatus, IssuerView } from '../issuer.js';
import type { Accounts } from './accounts.js';
import { retryAfterOf, type Answer } from './protocol/failure.js';
import type { ChallengeRecord, OrderBook, OrderRecord } from './order-book.js';
import { httpChallenge, viewOf, type Authorizations } from './order-view.js';
import { readAuthorization, readOrder, type WireAuthorization, type WireOrder } from './protocol/wire.js';

type Told = { readonly authorizations: Authorizations; readonly retryAfter?: Instant };

export class OrderReader {
  constructor(
    private readonly title: string,
    private readonly accounts: Accounts,
    private readonly book: OrderBook,
    private readonly clock: Clock,
  ) {}

  async look(record: OrderRecord): Promise<Result<IssuerView>> {
    const answer = await this.accounts.post(record.url, null);
    if (!answer.ok) return err(answer.problem.problem);
    const order = readOrder(answer.value.data);
    return order ? this.view(record, order, answer.value.headers) : err(this.malformed(record.url, 'it is no order'));
  }

  /** `headers`: that the order came with. */
  async view(record: OrderRecord, order: WireOrder, headers: Answer['headers']): Promise<Result<IssuerView>> {
    // What is shown already is not asked for again: an order of a hundred names has a hundred authorizations.
    const asks = record.challenges === undefined || order.status === 'pending' || order.status === 'invalid';
    const told: Result<Told> = asks ? await this.authorizations(record, order) : ok({ authorizations: new Map() });
    if (!told.ok) return told;
    const complete = record.challenges ? ok(record) : await this.complete(record, told.value.authorizations);
    if (!complete.ok) return complete;
    const retryAfter = Math.max(retryAfterOf(headers, this.clock.now()) ?? 0, told.value.retryAfter ?? 0) as Instant;
    const isOurs = order.status === 'processing' || order.status === 'valid' ? await this.isFinalizing(complete.value) : true;
    // Somebody else's certificate, in an order that the CA gave out twice.
    const status = isOurs ? order.status : 'invalid';
    return this.shown(complete.value, status, { ...told.value, order, ...(retryAfter > 0 && { retryAfter }) });
  }

  /** The CA was told of one challenge, and nothing else of the order was asked. */
  announced(record: OrderRecord, { authorization, url, name }: ChallengeRecord): Promise<Result<IssuerView>> {
    const challenge = { type: 'http-01', url, status: 'processing' };
    const told: WireAuthorization = { status: 'pending', name, challenges: [challenge] };
    return this.shown(record, 'pending', { authorizations: new Map([[authorization, told]]) });
  }

  /** By its id in the views of this order. */
  async challenge(record: OrderRecord, id: string): Promise<Result<ChallengeRecord>> {
    // A file of an old key must not be announced with the new one: the CA would look at it, and look once only.
    const account = await this.accounts.read();
    if (!account.ok) return err(account.problem.problem);
    const found = record.challenges?.find(({ token }) => `${token}.${account.value.thumbprint}` === id);
    return found ? ok(found) : err(problem('NOT_FOUND', { what: 'challenge' }));
  }

  /** What was read a moment ago may be older than the CA's answer: another process writes first, and then sends. */
  private async isFinalizing({ url, finalizing }: OrderRecord): Promise<boolean> {
    return finalizing !== undefined || (await this.book.order(url))?.finalizing !== undefined;
  }

  private async shown(record: OrderRecord, status: IssuerStatus, told: Told & { readonly order?: WireOrder }): Promise<Result<IssuerView>> {
    const account = await this.accounts.open();
    if (!account.ok) return err(account.problem.problem);
    const { thumbprint } = account.value;
    return ok(viewOf({ ...told, record, status, thumbprint, issuer: this.title, now: this.clock.now() }));
  }

  private async authorizations({ names }: OrderRecord, { authorizations: urls }: WireOrder): Promise<Result<Told>> {
    const answers = await Promise.all(urls.map(async (url) => ({ url, answer: await this.accounts.post(url, null) })));
    const authorizations = new Map<string, WireAuthorization>();
    let retryAfter = 0;
    for (const { url, answer } of answers) {
      if (!answer.ok) return err(answer.problem.problem);
      const authorization = readAuthorization(answer.value.data);
      if (authorization === undefined) return err(this.malformed(url, 'it is no authorization'));
      if (!names.includes(authorization.name)) return err(this.malformed(url, 'it is for a name that was not ordered'));
      authorizations.set(url, authorization);
      retryAfter = Math.max(retryAfter, retryAfterOf(answer.value.headers, this.clock.now()) ?? 0);
    }
    return ok({ authorizations, ...(retryAfter > 0 && { retryAfter: retryAfter as Instant }) });
  }

  /** Writes down which files show the names: the first who reads them decides their order for all. */
  private async complete(record: OrderRecord, authorizations: Authorizations): Promise<Result<OrderRecord>> {
    const read = [...authorizations].map(([url, authorization]) => ({ authorization, challenge: httpChallenge(url, authorization) }));
    const without = read.filter(({ authorization, challenge }) => authorization.status === 'pending' && challenge === undefined);
    const sub = without.map(({ authorization: { name, challenges } }) => {
      const offered = challenges.map(({ type }) => type).join(', ') || 'nothing';
      const detail = `it does not look for a file of ${name}; it offers ${offered}`;
      return problem('ISSUER_REFUSED', { issuer: this.title, detail, name }, { subject: name });
    });
    if (sub[0]) return err({ ...sub[0], sub });
    const challenges = read.flatMap(({ challenge }) => challenge ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
    return ok(await this.book.changeOrder(record.url, (newest) => (newest.challenges ? newest : { ...newest, challenges })));
  }

  private malformed(url: string, detail: string) {
    return problem('ISSUER_ANSWER_MALFORMED', { issuer: this.title, url, detail });
  }
}
