/**
 * The account at one directory: made once for all processes, with a key of its own.
 *
 * State keys: `account/<directory>`: AccountRecord; secrets `account-key/<directory>/<number>` (PKCS #8, DER). `<directory>` is a hash of its URL,
 * so that another URL under the same name is another account. The key comes first, and by number: whoever is killed in between, or comes
 * second, goes on with the same key, and a CA has one account for a key (RFC 8555 7.3.1).
 *
 * A change of keys is written down before the CA is told (`nextKey`). Until it is settled both keys are known; whoever reads the account
 * settles it first, by asking the CA which of them it takes. A process reads it once, and again when the CA refuses something: an order is a
 * dozen requests, and a key that another process has changed is refused.
 */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { Secret } from '../../../values/secret.js';
import type { MemberState, Versioned } from '../../member-state.js';
import type { AcmeDirectory } from './protocol/directories.js';
import type { AcmeFailure, Answer } from './protocol/failure.js';
import { jwkOf, signKeyChange, type AcmeTransport } from './protocol/transport.js';
import { fieldsOf, url as readUrl, type Directory } from './protocol/wire.js';

export type Account = {
  readonly url: string;
  readonly key: KeyObject;
  /** RFC 7638: what a challenge's file shows of the key (RFC 8555 8.1). */
  readonly thumbprint: string;
  /** Where the CA lists its orders (RFC 8555 7.1.2.1); most do not. */
  readonly orders?: string;
};

type AccountRecord = {
  readonly url: string;
  readonly orders?: string;
  /** Number of the key that it was last known to have. */
  readonly key: number;
  readonly nextKey?: number;
};

type AccountKey = { readonly key: KeyObject; readonly jwk: Readonly<Record<string, string>>; readonly thumbprint: string };
type Sent<T> = Result<T, AcmeFailure>;
/** `declined`: why the CA took no other key. */
type Settled = { readonly account: Account; readonly declined?: AcmeFailure };

export class Accounts {
  private readonly place: string;
  /** A number's key never changes. */
  private readonly keys = new Map<number, AccountKey>();
  /** As it was last read. */
  private known: Account | undefined;

  constructor(
    private readonly directory: AcmeDirectory,
    private readonly state: MemberState,
    private readonly transport: AcmeTransport,
  ) {
    this.place = createHash('sha256').update(directory.url).digest('hex').slice(0, 32);
  }

  /**
   * The account as this process knows it, or as `read`. One whose request was accepted a moment ago has the key that the CA knows.
   */
  async open(): Promise<Sent<Account>> {
    return this.known ? ok(this.known) : this.read();
  }

  /** As all processes know it; made where there is none. One that the CA has ended is never replaced by another in silence: ISSUER_ACCOUNT_UNUSABLE. */
  async read(): Promise<Sent<Account>> {
    const kept = await this.record();
    if (kept === undefined) return this.make();
    if (kept.body.nextKey === undefined) return ok((this.known = await this.toAccount(kept.body)));
    const settled = await this.settle(kept);
    return settled.ok ? ok(settled.value.account) : settled;
  }

  /** A request of this account. Where its key was changed by another process meanwhile, once more with the new one. */
  async post(url: string, payload: object | null): Promise<Sent<Answer>> {
    const account = await this.open();
    if (!account.ok) return account;
    const answer = await this.postAs(account.value, url, payload);
    if (answer.ok || !answer.problem.refused) return answer;
    const again = await this.read();
    return again.ok && again.value.thumbprint !== account.value.thumbprint ? this.postAs(again.value, url, payload) : answer;
  }

  /**
   * RFC 8555 7.3.5. Where the CA declines, the account goes on with the key that it has. After any other failure the change is under way still,
   * and the next who opens the account brings it to its end.
   */
  async changeKey(): Promise<Sent<Account>> {
    const account = await this.read();
    if (!account.ok) return account;
    const kept = await this.record();
    if (kept === undefined) throw new Error('an account went out of the state');
    if (kept.body.nextKey === undefined) {
      const nextKey = kept.body.key + 1;
      await this.makeKey(nextKey);
      await this.state.replace(this.recordKey, { ...kept.body, nextKey }, kept.version);
    }
    const intended = await this.record();
    if (intended?.body.nextKey === undefined) return this.read();
    const settled = await this.settle(intended);
    if (!settled.ok) return settled;
    const { account: after, declined } = settled.value;
    return declined ? err(declined) : ok(after);
  }

  private async settle({ body, version }: Versioned<AccountRecord>): Promise<Sent<Settled>> {
    this.known = undefined;
    const directory = await this.transport.directory();
    if (!directory.ok) return directory;
    const changed = await this.bringToNextKey(body, directory.value);
    const declined = changed.ok || !(await this.isDeclined(changed.problem, body, directory.value)) ? undefined : changed.problem;
    if (!changed.ok && declined === undefined) return changed;
    const settled: AccountRecord = { ...body, key: declined ? body.key : body.nextKey!, nextKey: undefined };
    // Where another process settled it first, it wrote the same.
    await this.state.replace(this.recordKey, settled, version);
    const account = (this.known = await this.toAccount(settled));
    return ok({ account, ...(declined && { declined }) });
  }

  /**
   * A CA that takes no other key would end all that is ordered there, so the old one stays. Asked once more which it has: a refusal may mean that
   * another process has changed it a moment ago.
   */
  private async isDeclined({ problem: cause }: AcmeFailure, { nextKey }: AccountRecord, { newAccount }: Directory): Promise<boolean> {
    if (cause.code !== 'ISSUER_REFUSED') return false;
    const known = await this.transport.post(newAccount, { onlyReturnExisting: true }, await this.key(nextKey!));
    return !known.ok && known.problem.type === 'accountDoesNotExist';
  }

  /** Asked first whether it was done already: the answer to an earlier try may have been lost. */
  private async bringToNextKey({ url, key, nextKey }: AccountRecord, directory: Directory): Promise<Sent<unknown>> {
    const [oldKey, newKey] = [await this.key(key), await this.key(nextKey!)];
    const known = await this.transport.post(directory.newAccount, { onlyReturnExisting: true }, newKey);
    if (known.ok) return known;
    if (known.problem.type !== 'accountDoesNotExist') return known;
    const inner = signKeyChange(directory.keyChange, newKey.key, { account: url, oldKey: oldKey.jwk });
    const change = await this.transport.post(directory.keyChange, inner, { key: oldKey.key, accountUrl: url });
    // Another process was faster.
    return !change.ok && change.problem.status === 409 && change.problem.location === url ? ok(undefined) : change;
  }

  private async make(): Promise<Sent<Account>> {
    const directory = await this.transport.directory();
    if (!directory.ok) return directory;
    if (directory.value.needsExternalAccount && this.directory.externalAccount === undefined) {
      return this.unusable('it makes an account only for who has one with it already; no external account binding is configured');
    }
    const isNew = await this.makeKey(1);
    const { key } = await this.key(1);
    // An external account often binds once only, so what an earlier try may have made is looked for first.
    const found = isNew ? undefined : await this.transport.post(directory.value.newAccount, { onlyReturnExisting: true }, { key });
    if (found && !found.ok && found.problem.type !== 'accountDoesNotExist') return found;
    const answer = found?.ok ? found : await this.register(directory.value, key);
    if (!answer.ok) return answer;
    const url = readUrl(answer.value.headers['location']);
    if (url === undefined) return err(this.transport.malformed(directory.value.newAccount, 'it does not say where the account is'));
    const record: AccountRecord = { url, orders: readUrl(fieldsOf(answer.value.data)['orders']), key: 1 };
    await this.state.create(this.recordKey, record);
    return this.read();
  }

  private register(directory: Directory, key: KeyObject): Promise<Sent<Answer>> {
    const contact = this.directory.contact.map((address) => `mailto:${address}`);
    // Whoever configures a directory agrees to its terms; docs/decisions/0010-acme-client.md.
    const account = { termsOfServiceAgreed: true, ...(contact.length > 0 && { contact }) };
    return this.transport.post(directory.newAccount, account, { key, bindExternalAccount: true });
  }

  private postAs({ key, url: accountUrl }: Account, url: string, payload: object | null): Promise<Sent<Answer>> {
    return this.transport.post(url, payload, { key, accountUrl });
  }

  private async toAccount({ url, orders, key: number }: AccountRecord): Promise<Account> {
    const { key, thumbprint } = await this.key(number);
    return { url, orders, key, thumbprint };
  }

  private makeKey(number: number): Promise<boolean> {
    // P-256: every CA takes it (RFC 8555 6.2 makes ES256 the one that has to be).
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return this.state.createSecret(this.secretName(number), Secret.of(privateKey.export({ format: 'der', type: 'pkcs8' })));
  }

  private async key(number: number): Promise<AccountKey> {
    const known = this.keys.get(number);
    if (known !== undefined) return known;
    const secret = await this.state.secret(this.secretName(number));
    if (secret === undefined) throw new Error(`the secret ${this.secretName(number)} went out of the state`);
    const key = createPrivateKey({ key: Buffer.from(secret.reveal()), format: 'der', type: 'pkcs8' });
    const jwk = jwkOf(key);
    const opened = { key, jwk, thumbprint: createHash('sha256').update(JSON.stringify(jwk)).digest('base64url') };
    this.keys.set(number, opened);
    return opened;
  }

  private unusable(detail: string): { ok: false; problem: AcmeFailure } {
    return err({
      problem: problem('ISSUER_ACCOUNT_UNUSABLE', { issuer: this.directory.title, detail, type: 'externalAccountRequired' }),
      refused: true,
    });
  }

  private record(): Promise<Versioned<AccountRecord> | undefined> {
    return this.state.read<AccountRecord>(this.recordKey);
  }

  private get recordKey(): string {
    return `account/${this.place}`;
  }

  private secretName(number: number): string {
    return `account-key/${this.place}/${number}`;
  }
}
