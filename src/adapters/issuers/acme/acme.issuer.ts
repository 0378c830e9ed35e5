/**
 * Any certificate authority that speaks ACME (RFC 8555), one issuer for each directory. An order's locator is its URL. The CA keeps the order;
 * what is kept here are the intents and the addresses (order-book.ts), so whoever calls again, in any process, goes on from there.
 *
 * Names are shown by files (http-01) only, so names behind `*.` are not offered (RFC 8555 8.3, CA/B BR 3.2.2.4.19).
 */
import { createHash } from 'node:crypto';
import { readCertificate, type Certificate } from '../../../cores/pki/certificate.js';
import { acceptCsr } from '../../../cores/pki/accept-csr.js';
import { renewalCertificateId } from '../../../cores/pki/renewal-certificate-id.js';
import { REVOCATION_REASONS, type RevocationReason } from '../../../cores/pki/revocation/revocation-reason.js';
import type { Clock } from '../../../values/clock.js';
import { isWildcard, type CertificateName } from '../../../values/hostname.js';
import { plus, type Duration } from '../../../values/instant.js';
import { MAX_NAMES } from '../../../values/name-list.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { MemberState } from '../../member-state.js';
import type { Dialer } from '../../network/dialing/dialer.js';
import { ofPublicRoots, publicRoots } from '../../network/public-roots.js';
import type { AdvisesRenewal, ChangesAccountKey, Issuer, IssuerManifest, IssuerView, PlaceRequest, RenewalAdvice } from '../issuer.js';
import { Accounts } from './accounts.js';
import { endsAt, readChain, type Chain } from './certificate-chain.js';
import type { AcmeDirectory } from './protocol/directories.js';
import { answerAwaited, retryAfterOf, type AcmeFailure } from './protocol/failure.js';
import { OrderBook, type Finalizing, type OrderRecord } from './order-book.js';
import { OrderReader } from './order-reader.js';
import { Placing } from './placing.js';
import { readRenewalInfo } from './renewal-info.js';
import { AcmeTransport } from './protocol/transport.js';
import { linksOf, readOrder, type Directory } from './protocol/wire.js';

export type AcmeIssuerOptions = {
  readonly directory: AcmeDirectory;
  readonly state: MemberState;
  readonly clock: Clock;
  readonly dialer: Dialer;
  /** For one request to the CA. An intent that is twice as old was given up by whoever wrote it. */
  readonly timeoutMs: number;
};

const REFERENCE = /^[\w.:-]{1,128}$/;
/** Let's Encrypt offers one besides the default. */
const MOST_ALTERNATES = 5;

export class AcmeIssuer implements Issuer, AdvisesRenewal, ChangesAccountKey {
  readonly manifest: IssuerManifest;
  private readonly book: OrderBook;
  private readonly transport: AcmeTransport;
  private readonly accounts: Accounts;
  private readonly placing: Placing;
  private readonly reader: OrderReader;
  private readonly answerMs: Duration;
  private readonly roots: () => readonly Certificate[];

  constructor(private readonly options: AcmeIssuerOptions) {
    const { directory, state, clock, timeoutMs } = options;
    this.manifest = {
      id: directory.id,
      title: directory.title,
      levels: ['DV'],
      wildcards: false,
      validationPort: directory.validationPort,
      isPrivate: directory.roots !== undefined,
    };
    this.roots = ofPublicRoots(({ roots }) => certificatesIn(directory.roots ?? roots));
    this.answerMs = (2 * timeoutMs) as Duration;
    this.book = new OrderBook(state);
    this.transport = new AcmeTransport(options);
    this.accounts = new Accounts(directory, state, this.transport);
    this.placing = new Placing(directory.title, this.accounts, this.transport, this.book, clock, this.answerMs);
    this.reader = new OrderReader(directory.title, this.accounts, this.book, clock);
  }

  async place({ reference, names, level, replaces }: PlaceRequest): Promise<Result<IssuerView>> {
    if (!REFERENCE.test(reference)) return err(this.refused('the reference is not 1 to 128 letters, digits and .:_-'));
    const known = await this.placing.find(reference);
    if (!known.ok) return known;
    if (known.value !== undefined) return this.progress(known.value);
    if (!this.manifest.levels.includes(level)) return err(this.refused(`it does not vet for ${level}`));
    const distinct = [...new Set(names)];
    if (distinct.length === 0) return err(problem('TOO_FEW', { count: 0, limit: 1 }, { subject: 'names' }));
    if (distinct.length > MAX_NAMES) return err(problem('TOO_MANY', { count: distinct.length, limit: MAX_NAMES }, { subject: 'names' }));
    const wildcards = this.refuseWildcards(distinct);
    if (wildcards) return err(wildcards);
    const directory = await this.transport.directory();
    if (!directory.ok) return err(directory.problem.problem);
    const replaced = replaces && directory.value.renewalInfo !== undefined ? readCertificate(replaces) : undefined;
    if (replaced && !replaced.ok) return replaced;
    const url = await this.placing.place({
      reference,
      names: distinct,
      profile: this.profile(directory.value),
      replaces: replaced && renewalCertificateId(replaced.value),
    });
    return url.ok ? this.progress(url.value) : url;
  }

  async findByReference(reference: string): Promise<Result<IssuerView | undefined>> {
    const url = REFERENCE.test(reference) ? await this.placing.find(reference) : ok(undefined);
    if (!url.ok) return url;
    return url.value === undefined ? ok(undefined) : this.progress(url.value);
  }

  progress(locator: string): Promise<Result<IssuerView>> {
    return this.withOrder(locator, (record) => this.reader.look(record));
  }

  respond(locator: string, challengeId: string): Promise<Result<IssuerView>> {
    return this.withOrder(locator, async (record) => {
      const challenge = await this.reader.challenge(record, challengeId);
      if (!challenge.ok) return challenge;
      const answer = await this.accounts.post(challenge.value.url, {});
      // It refuses for a challenge that it has looked at already: told twice, or told and not heard.
      if (!answer.ok && !(answer.problem.refused && answer.problem.type === 'malformed')) return err(answer.problem.problem);
      return answer.ok ? this.reader.announced(record, challenge.value) : this.reader.look(record);
    });
  }

  finalize(locator: string, csr: Uint8Array): Promise<Result<IssuerView>> {
    return this.withOrder(locator, async (record) => {
      const fingerprint = createHash('sha256').update(csr).digest('hex');
      const view = await this.reader.look(record);
      if (!view.ok) return view;
      // Read after the CA's answer: whoever sent a request has written it down before.
      const newest = (await this.book.order(locator))?.finalizing;
      if (newest && newest.csr !== fingerprint) return err(FINALIZED_OTHERWISE);
      const { status } = view.value;
      if (newest && (status === 'processing' || status === 'valid')) return view;
      if (status !== 'ready') return err(problem('WRONG_STATE', { state: status, needs: 'ready' }));
      const accepted = acceptCsr(csr, record.names as readonly CertificateName[]);
      if (!accepted.ok) return accepted;
      return this.sendRequest(record, csr, fingerprint);
    });
  }

  async download(locator: string): Promise<Result<readonly Uint8Array[]>> {
    const record = await this.book.order(locator);
    if (record === undefined) return err(problem('NOT_FOUND', { what: 'order' }));
    const order = await this.accounts.post(record.url, null);
    if (!order.ok) return err(order.problem.problem);
    const { status, certificate } = readOrder(order.value.data) ?? {};
    if (status !== 'valid' || certificate === undefined) return err(problem('WRONG_STATE', { state: status ?? 'unknown', needs: 'valid' }));
    return this.chosenChain(certificate);
  }

  async trustAnchors(): Promise<Result<readonly Uint8Array[]>> {
    return ok(this.options.directory.roots ?? publicRoots());
  }

  async revoke(certificate: Uint8Array, reason: RevocationReason): Promise<Result<void>> {
    const read = readCertificate(certificate);
    if (!read.ok) return read;
    const directory = await this.transport.directory();
    if (!directory.ok) return err(directory.problem.problem);
    const der = Buffer.from(certificate).toString('base64url');
    // RFC 5280 5.3.1: no reason is better left out than called unspecified.
    const payload = { certificate: der, ...(reason !== 'UNSPECIFIED' && { reason: REVOCATION_REASONS[reason] }) };
    const answer = await this.accounts.post(directory.value.revokeCert, payload);
    return answer.ok || answer.problem.type === 'alreadyRevoked' ? ok(undefined) : err(answer.problem.problem);
  }

  async renewalInfo(certificate: Uint8Array): Promise<Result<RenewalAdvice | undefined>> {
    const read = readCertificate(certificate);
    if (!read.ok) return read;
    const directory = await this.transport.directory();
    if (!directory.ok) return err(directory.problem.problem);
    const [base, id] = [directory.value.renewalInfo, renewalCertificateId(read.value)];
    if (base === undefined || id === undefined) return ok(undefined);
    const url = `${base.replace(/\/$/, '')}/${id}`;
    const answer = await this.transport.get(url);
    if (!answer.ok) return err(answer.problem.problem);
    const now = this.options.clock.now();
    const advice = readRenewalInfo(answer.value.data, retryAfterOf(answer.value.headers, now), now);
    return advice ? ok(advice) : err(this.transport.malformed(url, 'it advises no window of time').problem);
  }

  async rolloverKey(): Promise<Result<void>> {
    const changed = await this.accounts.changeKey();
    return changed.ok ? ok(undefined) : err(changed.problem.problem);
  }

  /** One call sends it, of those that come at once; the others are told to come again. */
  private async sendRequest({ url, finalize }: OrderRecord, csr: Uint8Array, fingerprint: string): Promise<Result<IssuerView>> {
    const now = this.options.clock.now();
    let sends = false;
    const record = await this.book.changeOrder(url, (newest) => {
      const { csr: other, sentAt } = newest.finalizing ?? {};
      sends = other === undefined || (other === fingerprint && (sentAt === undefined || now >= plus(sentAt, this.answerMs)));
      return sends ? { ...newest, finalizing: { csr: fingerprint, sentAt: now } } : newest;
    });
    if (record.finalizing?.csr !== fingerprint) return err(FINALIZED_OTHERWISE);
    if (!sends) return err(answerAwaited(this.manifest.title, plus(record.finalizing.sentAt ?? now, this.answerMs)));
    const answer = await this.accounts.post(finalize, { csr: Buffer.from(csr).toString('base64url') });
    if (answer.ok) {
      const order = readOrder(answer.value.data);
      return order ? this.reader.view(record, order, answer.value.headers) : this.reader.look(record);
    }
    const notReady = answer.problem.type === 'orderNotReady';
    await this.noteFinalizing(url, fingerprint, answer.problem.refused && !notReady ? undefined : { csr: fingerprint });
    return notReady ? this.reader.look(record) : err(finalizeProblem(answer.problem));
  }

  private async noteFinalizing(url: string, csr: string, finalizing: Finalizing | undefined): Promise<void> {
    await this.book.changeOrder(url, (newest) => (newest.finalizing?.csr === csr ? { ...newest, finalizing } : newest));
  }

  private async chosenChain(url: string): Promise<Result<Chain>> {
    const { directory } = this.options;
    let first: Chain | undefined;
    let alternates: readonly string[] = [];
    for (let next: string | undefined = url; next !== undefined; [next, ...alternates] = alternates) {
      const answer = await this.accounts.post(next, null);
      // An alternate that is not to be had is no reason to have none.
      if (!answer.ok && first === undefined) return err(answer.problem.problem);
      const chain = answer.ok ? readChain(answer.value.data) : undefined;
      if (chain !== undefined && endsAt(chain, this.roots(), directory.preferredRoot)) return ok(chain);
      if (first === undefined && answer.ok) {
        if (chain === undefined) return err(this.transport.malformed(url, 'it is no chain of certificates').problem);
        first = chain;
        alternates = linksOf(answer.value.headers['link'], 'alternate').slice(0, MOST_ALTERNATES);
      }
    }
    return ok(first ?? []);
  }

  /** One is configured for all directories, and few list it. */
  private profile({ profiles }: Directory): string | undefined {
    return [this.options.directory.profile, 'classic'].find((name) => name !== undefined && profiles.includes(name)) ?? profiles[0];
  }

  private refuseWildcards(names: readonly CertificateName[]): Problem | undefined {
    const issuer = this.manifest.title;
    const sub = names.filter(isWildcard).map((name) => problem('WILDCARD_NOT_OFFERED', { issuer, name }, { subject: name }));
    return sub[0] && { ...sub[0], sub };
  }

  private async withOrder(locator: string, act: (record: OrderRecord) => Promise<Result<IssuerView>>): Promise<Result<IssuerView>> {
    const record = await this.book.order(locator);
    return record ? act(record) : err(problem('NOT_FOUND', { what: 'order' }));
  }

  private refused(detail: string): Problem {
    return problem('ISSUER_REFUSED', { issuer: this.manifest.title, detail });
  }
}

const certificatesIn = (roots: readonly Uint8Array[]): readonly Certificate[] =>
  roots.map(readCertificate).flatMap((read) => (read.ok ? read.value : []));

const FINALIZED_OTHERWISE = problem('WRONG_STATE', { state: 'finalized with another request', needs: 'no request was accepted' });

const finalizeProblem = ({ type, problem: cause }: AcmeFailure): Problem =>
  type === 'badCSR' || type === 'badPublicKey' ? problem('CSR_INVALID', { detail: `${cause.facts['detail']}` }) : cause;
