/**
 * How each Step is done through the ports. A step reads the order and answers with the order after it; it writes nothing of ours
 * itself, except what must be known before the outside world is touched (see INTENTS in advance-order.job.ts).
 */
import { Inject, Injectable } from '@nestjs/common';
import { advisesRenewal, ISSUERS, issuerWith, type Issuer, type IssuerView, type PlaceRequest } from '../../adapters/issuers/issuer.js';
import { checkIssued } from '../../cores/pki/check-issued.js';
import { makeCsr } from '../../cores/pki/csr.js';
import { makeKeyPair } from '../../platform/vault/key-pair.js';
import { Vault } from '../../platform/vault/vault.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { messageOf } from '../../values/problems/catalogue.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Certificates } from '../certificates/certificates.service.js';
import { ChallengeChecks } from './challenge-checks.service.js';
import { ChallengeFiles } from './challenge-files.service.js';
import { settled, withOutlook, withView, type ChallengeFile, type Order, type Step } from '../orders/order.js';

/** The order after a step, what to tell the timeline, and what else belongs into the same transaction. */
export type Taken = {
  readonly next: Order;
  readonly because: string;
  /** What it found wrong, though the order goes on. */
  readonly problem?: Problem;
  readonly also?: (tx: Tx) => Promise<Partial<Order> | void>;
};

@Injectable()
export class OrderSteps {
  constructor(
    @Inject(ISSUERS) private readonly issuers: readonly Issuer[],
    private readonly files: ChallengeFiles,
    private readonly checks: ChallengeChecks,
    private readonly vault: Vault,
    private readonly certificates: Certificates,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async take(order: Order, step: Exclude<Step, { do: 'rest' | 'wait' }>): Promise<Result<Taken>> {
    switch (step.do) {
      case 'makeKey':
        return this.makeKey(order);
      case 'startAtCa':
        return this.startAtCa(order);
      case 'present':
        return this.present(order, step.files);
      case 'check':
        return this.check(order, step.files);
      case 'respond':
        return this.respond(order, step.challengeIds);
      case 'poll':
        return this.ask(order, 'asked the CA how far it is', (issuer, locator) => issuer.progress(locator));
      case 'finalize':
        return this.ask(order, 'sent the certificate request', (issuer, locator) => issuer.finalize(locator, order.csr!));
      case 'download':
        return this.download(order);
      case 'cleanUp':
        return this.cleanUp(order, step.files);
      case 'settle':
        return ok({ next: settled(order, step.as, step.problem, this.clock.now()), because: 'nothing more can be done' });
      default:
        return step satisfies never;
    }
  }

  private async makeKey(order: Order): Promise<Result<Taken>> {
    const { keys, privateKey } = await makeKeyPair(order.keyAlgorithm);
    const csr = await makeCsr(keys, order.names);
    const also = async (tx: Tx) => ({ keyItemId: await this.vault.seal(tx, 'CERTIFICATE_KEY', privateKey) });
    return ok({
      next: { ...order, csr, wakeAt: this.clock.now(), attempts: 0 },
      because: `made an ${order.keyAlgorithm} key and a request`,
      also,
    });
  }

  private async startAtCa(order: Order): Promise<Result<Taken>> {
    const issuer = issuerWith(order.issuerId, this.issuers);
    if (!issuer.ok) return issuer;
    const known = await issuer.value.findByReference(order.id);
    if (!known.ok) return known;
    const view = known.value ? ok(known.value) : await issuer.value.place({ ...(await this.told(order)), reference: order.id });
    return view.ok ? ok(this.seen(order, view.value, `${issuer.value.manifest.title} has the order as ${view.value.locator}`)) : view;
  }

  /** A CA is told what an order replaces where it has signed that itself. */
  private async told({ names, level, issuerId, replacesId }: Order): Promise<Omit<PlaceRequest, 'reference'>> {
    const replaced = replacesId && (await this.certificates.byIds([replacesId])).get(replacesId);
    return { names, level, ...(replaced?.issuerId === issuerId && { replaces: replaced.chain[0] }) };
  }

  private async present(order: Order, files: readonly ChallengeFile[]): Promise<Result<Taken>> {
    const laid = await this.files.layDown(order, files);
    if (!laid.ok) return laid;
    const ids = new Set(files.map(({ id }) => id));
    const presented = order.presented.map((file) => (ids.has(file.id) ? { ...file, laid: true as const } : file));
    return ok({
      next: { ...order, presented, wakeAt: this.clock.now(), attempts: 0 },
      because: `laid down the file for ${files.map(({ name }) => name).join(', ')}`,
    });
  }

  private async check(order: Order, files: readonly ChallengeFile[]): Promise<Result<Taken>> {
    const issuer = issuerWith(order.issuerId, this.issuers);
    if (!issuer.ok) return issuer;
    const outlook = await this.checks.look(order, files, issuer.value.manifest);
    if (!outlook.ok) return outlook;
    const { because, problem: cause } = outlook.value;
    return ok({ next: withOutlook(order, outlook.value, this.clock.now()), because, problem: cause });
  }

  /** All names are announced before the CA is waited for, so that it looks at all of them at once. */
  private async respond(order: Order, challengeIds: readonly string[]): Promise<Result<Taken>> {
    // One of us looked in vain: what was laid down may have been taken away since.
    const laid = order.problem ? await this.files.layDown(order, order.presented) : ok(undefined);
    if (!laid.ok) return laid;
    return this.ask(order, 'told the CA that the files are there', async (issuer, locator) => {
      let view: Result<IssuerView> = await issuer.progress(locator);
      for (const id of challengeIds) {
        if (!view.ok || view.value.status !== 'pending') return view;
        if (isPending(view.value, id)) view = await issuer.respond(locator, id);
      }
      return view.ok && view.value.status === 'pending' ? issuer.progress(locator) : view;
    });
  }

  private async download(order: Order): Promise<Result<Taken>> {
    const issuer = issuerWith(order.issuerId, this.issuers);
    if (!issuer.ok) return issuer;
    const [chain, roots] = [await issuer.value.download(order.view!.locator), await issuer.value.trustAnchors()];
    if (!chain.ok) return chain;
    if (!roots.ok) return roots;
    const now = this.clock.now();
    const keyMatches = chain.value[0] !== undefined && (await this.vault.keyMatches(order.keyItemId!, chain.value[0]));
    const { isPrivate } = issuer.value.manifest;
    const checked = checkIssued({ chain: chain.value, roots: roots.value, names: order.names, keyMatches, isPrivate, now });
    if (!checked.ok) {
      const detail = messageOf(checked.problem).replace(/\.$/, '');
      return err(problem('ISSUED_UNUSABLE', { issuer: issuer.value.manifest.title, detail }, { sub: [checked.problem] }));
    }
    const { accountId, issuerId, keyItemId } = order;
    const { fingerprint, serial, subject, issuer: issuedBy, names, keyAlgorithm, notBefore, notAfter } = checked.value.leaf;
    const facts = { fingerprint, serial, subject, issuer: issuedBy, names, keyAlgorithm, notBefore, notAfter };
    const advised = advisesRenewal(issuer.value);
    const also = async (tx: Tx) => ({
      certificateId: await this.certificates.keep(
        tx,
        { ...facts, accountId, issuerId, keyItemId: keyItemId!, chain: chain.value, ...(isPrivate && { root: checked.value.root.der }) },
        advised,
      ),
    });
    return ok({
      next: settled(order, 'ISSUED', undefined, now),
      because: `issued, checked and kept; serial ${serial}`,
      also,
    });
  }

  private async cleanUp(order: Order, files: readonly ChallengeFile[]): Promise<Result<Taken>> {
    const gone = await this.files.takeAway(order, files);
    return gone.ok ? ok({ next: { ...order, presented: [], attempts: 0 }, because: 'took the files away' }) : gone;
  }

  private async ask(
    order: Order,
    because: string,
    question: (issuer: Issuer, locator: string) => Promise<Result<IssuerView>>,
  ): Promise<Result<Taken>> {
    const issuer = issuerWith(order.issuerId, this.issuers);
    if (!issuer.ok) return issuer;
    const view = await question(issuer.value, order.view!.locator);
    return view.ok ? ok(this.seen(order, view.value, `${because}: ${view.value.status}`)) : view;
  }

  private seen(order: Order, view: IssuerView, because: string): Taken {
    return { next: withView(order, view, this.clock.now()), because };
  }
}

const isPending = ({ challenges }: IssuerView, id: string): boolean => challenges.some((it) => it.id === id && it.status === 'pending');
