/**
 * A certificate authority inside of the panel: for its own name on first start, and for names that no public CA signs.
 * The clients have to trust its root, and its intermediate can sign names of the configuration only, so a stolen key is worth no more.
 * It holds itself to the rules for public CAs (CA/B BR): ownership is checked, what is to be signed is linted first.
 *
 * An order's locator is its reference. Everything is in the MemberState (key layout: order-register.ts), written step by step:
 * whoever calls again, in any process, goes on from there.
 */
import { acceptCsr } from '../../../cores/pki/accept-csr.js';
import { assembleCertificate } from '../../../cores/pki/encoding/certificate-encoding.js';
import { readCertificate } from '../../../cores/pki/certificate.js';
import { isSignedBy } from '../../../cores/pki/encoding/signature-algorithm.js';
import type { RevocationReason } from '../../../cores/pki/revocation/revocation-reason.js';
import type { Clock } from '../../../values/clock.js';
import { isWildcard, isWithin, withoutWildcard, type CertificateName, type Hostname } from '../../../values/hostname.js';
import { MAX_NAMES } from '../../../values/name-list.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { Random } from '../../../values/random.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { MemberState } from '../../member-state.js';
import type { HttpClient } from '../../network/http/https.js';
import type { Issuer, IssuerManifest, IssuerView, PlaceRequest, PublishesCrl } from '../issuer.js';
import { Authority } from './authority.js';
import { checkChallenge } from './check-challenge.js';
import { encodeLeaf, rehearse } from './leaf.js';
import { LOCAL_CA_MANIFEST } from './manifest.js';
import { newSerial } from './new-serial.js';
import {
  announce,
  dueChallenges,
  fingerprintOf,
  recordTry,
  statusOf,
  viewOf,
  type ChallengeRecord,
  type OrderRecord,
} from './order-record.js';
import { OrderRegister } from './order-register.js';
import { RevocationRegister } from './revocation-register.js';

export type LocalCaOptions = {
  readonly state: MemberState;
  readonly clock: Clock;
  readonly random: Random;
  readonly http: HttpClient;
  /** It signs these and all names below them; nothing where there are none. */
  readonly permittedNames: readonly Hostname[];
  /** The panel's own: no challenge. */
  readonly ownNames: readonly Hostname[];
  /** Where challenge files are looked for: 80 in the field. */
  readonly validationPort: number;
  /** Where `revocationList` is served over plain HTTP; written into what is signed from then on. */
  readonly crlUrl?: string;
};

/** Names looked at at the same time: an order with as many takes as long as its slowest, and one with more does not flood the network. */
const CHECKS_AT_ONCE = 20;
const REFERENCE = /^[\w.:-]{1,128}$/;

export class LocalCa implements Issuer, PublishesCrl {
  readonly manifest: IssuerManifest;
  private readonly orders: OrderRegister;
  private readonly authority: Authority;
  private readonly revocations: RevocationRegister;

  constructor(private readonly options: LocalCaOptions) {
    const { state, clock, random, permittedNames, validationPort } = options;
    this.manifest = { ...LOCAL_CA_MANIFEST, validationPort };
    this.orders = new OrderRegister(state);
    this.authority = new Authority(state, clock, random, permittedNames);
    this.revocations = new RevocationRegister(state, clock, this.authority);
  }

  async place({ reference, names, level }: PlaceRequest): Promise<Result<IssuerView>> {
    if (!REFERENCE.test(reference)) return refused('the reference is not 1 to 128 letters, digits and .:_-');
    const placed = await this.orders.find(reference);
    if (placed) return this.resume(placed);
    if (!this.manifest.levels.includes(level)) return refused(`it does not vet for ${level}`);
    const distinct = [...new Set(names)];
    if (distinct.length === 0) return err(problem('TOO_FEW', { count: 0, limit: 1 }, { subject: 'names' }));
    if (distinct.length > MAX_NAMES) return err(problem('TOO_MANY', { count: distinct.length, limit: MAX_NAMES }, { subject: 'names' }));
    const refusal = this.refuseNames(distinct);
    if (refusal) return err(refusal);
    return this.resume(await this.orders.placeOnce(this.newOrder(reference, distinct)));
  }

  async findByReference(reference: string): Promise<Result<IssuerView | undefined>> {
    const order = REFERENCE.test(reference) ? await this.orders.find(reference) : undefined;
    return ok(order && this.view(order));
  }

  progress(locator: string): Promise<Result<IssuerView>> {
    return this.withOrder(locator, (order) => this.resume(order));
  }

  respond(locator: string, challengeId: string): Promise<Result<IssuerView>> {
    return this.withOrder(locator, async (order) => {
      if (!order.challenges.some(({ token }) => token === challengeId)) return err(problem('NOT_FOUND', { what: 'challenge' }));
      return ok(this.view(await this.orders.change(locator, (newest) => announce(newest, challengeId))));
    });
  }

  finalize(locator: string, csr: Uint8Array): Promise<Result<IssuerView>> {
    return this.withOrder(locator, async (order) => {
      if (order.intent) return this.sign(order, csr);
      const status = statusOf(order, this.options.clock.now());
      if (status !== 'ready') return err(problem('WRONG_STATE', { state: status, needs: 'ready' }));
      const intended = await this.intend(order, csr);
      return intended.ok ? this.sign(intended.value, csr) : intended;
    });
  }

  async download(locator: string): Promise<Result<readonly Uint8Array[]>> {
    const order = await this.find(locator);
    if (order === undefined) return err(problem('NOT_FOUND', { what: 'order' }));
    if (order.certificate === undefined || order.intent === undefined) {
      return err(problem('WRONG_STATE', { state: statusOf(order, this.options.clock.now()), needs: 'valid' }));
    }
    const intermediate = await this.authority.intermediateNumber(order.intent.intermediate);
    return ok([fromBase64(order.certificate), intermediate.der]);
  }

  async trustAnchors(): Promise<Result<readonly Uint8Array[]>> {
    return ok([(await this.authority.root()).der]);
  }

  async revoke(certificate: Uint8Array, reason: RevocationReason): Promise<Result<void>> {
    const read = readCertificate(certificate);
    if (!read.ok) return read;
    const { signatureAlgorithm, signed, signature } = read.value;
    const { publicKey } = await this.authority.signer();
    if (!isSignedBy(publicKey, signatureAlgorithm, signed, signature)) return refused('the certificate is not one of its own');
    return ok(await this.revocations.revoke(read.value, reason));
  }

  async revocationList(): Promise<Result<Uint8Array>> {
    return ok(await this.revocations.list());
  }

  /** Does what the order waits for, as far as it is due: checks of what was announced, or the signature. */
  private async resume(order: OrderRecord): Promise<Result<IssuerView>> {
    if (order.intent && order.certificate === undefined) return this.sign(order);
    const { clock, http, validationPort } = this.options;
    // What is more than that is due at once when it is asked again.
    const due = dueChallenges(order, clock.now()).slice(0, CHECKS_AT_ONCE);
    if (due.length === 0) return ok(this.view(order));
    const checked = await Promise.all(
      due.map(async (challenge) => ({ token: challenge.token, failure: await checkChallenge(challenge, validationPort, http) })),
    );
    const now = clock.now();
    const record = (newest: OrderRecord) =>
      checked.reduce((changed, { token, failure }) => recordTry(changed, token, failure, now), newest);
    return ok(this.view(await this.orders.change(order.reference, record)));
  }

  /** Writes down what will be signed (boulder: docs/ISSUANCE-CYCLE.md). Where another call wrote first, its intent stands. */
  private async intend(order: OrderRecord, csrDer: Uint8Array): Promise<Result<OrderRecord>> {
    const csr = acceptCsr(csrDer, order.names);
    if (!csr.ok) return csr;
    // The configuration may have changed since it was placed.
    const refusal = this.refuseNames(order.names);
    if (refusal) return err(refusal);
    const intermediate = await this.authority.intermediate();
    if (!intermediate.ok) return intermediate;
    const { clock, random, crlUrl } = this.options;
    const serial = newSerial(random);
    const [algorithm, now] = ['ECDSA_SHA256' as const, clock.now()];
    const tbs = encodeLeaf({ serial, names: order.names, csr: csr.value, issuer: intermediate.value.certificate, algorithm, crlUrl, now });
    const broken = rehearse(tbs, algorithm, now);
    if (broken) return err(broken);
    const intent = {
      csr: fingerprintOf(csrDer),
      serial,
      intermediate: intermediate.value.number,
      tbs: Buffer.from(tbs).toString('base64'),
    };
    return ok(await this.orders.change(order.reference, (newest) => (newest.intent ? newest : { ...newest, intent })));
  }

  /** Signs what is written down. Signatures differ each time; the first one that is written is the certificate, and only it goes out. */
  private async sign(order: OrderRecord, csr?: Uint8Array): Promise<Result<IssuerView>> {
    const { intent, certificate } = order;
    if (intent === undefined) throw new Error('nothing is to be signed without an intent');
    if (csr && fingerprintOf(csr) !== intent.csr) {
      return err(problem('WRONG_STATE', { state: 'finalized with another request', needs: 'no request was accepted' }));
    }
    if (certificate !== undefined) return ok(this.view(order));
    const signer = await this.authority.signer();
    const tbs = fromBase64(intent.tbs);
    const signed = Buffer.from(assembleCertificate(tbs, signer.algorithm, signer.sign(tbs))).toString('base64');
    const first = (newest: OrderRecord) => (newest.certificate ? newest : { ...newest, certificate: signed });
    return ok(this.view(await this.orders.change(order.reference, first)));
  }

  private newOrder(reference: string, names: readonly CertificateName[]): OrderRecord {
    const now = this.options.clock.now();
    const toProve = names.map(withoutWildcard).filter((name) => !this.options.ownNames.includes(name));
    const challenges = toProve.map((name): ChallengeRecord => {
      const [token, secret] = [this.newToken(), this.newToken()];
      return { token, secret, name, announced: false, tries: 0, nextTryAt: now };
    });
    return { reference, names, placedAt: now, challenges };
  }

  /** 256 bits; CA/B BR 1.6.1 "Random Value" asks for 112. */
  private newToken(): string {
    return Buffer.from(this.options.random.bytes(32)).toString('base64url');
  }

  /** One sub-problem for each name that cannot be signed. */
  private refuseNames(names: readonly CertificateName[]): Problem | undefined {
    const sub = names.flatMap((name) => this.refuseName(name) ?? []);
    const [first] = sub;
    return first && { ...first, sub };
  }

  private refuseName(name: CertificateName): Problem | undefined {
    const { permittedNames } = this.options;
    const issuer = this.manifest.title;
    if (!permittedNames.some((domain) => isWithin(withoutWildcard(name), domain))) {
      const permitted = permittedNames.slice(0, 10).join(', ') || 'nothing';
      return problem('NAME_OUTSIDE_CA_CONSTRAINTS', { issuer, name, permitted }, { subject: name });
    }
    if (!isWildcard(name)) return undefined;
    const detail = `a file on a web server cannot show control of all names below ${withoutWildcard(name)} (CA/B BR 3.2.2.4.18)`;
    return problem('ISSUER_REFUSED', { issuer, name, detail }, { subject: name });
  }

  private find(locator: string): Promise<OrderRecord | undefined> {
    return REFERENCE.test(locator) ? this.orders.find(locator) : Promise.resolve(undefined);
  }

  private async withOrder(locator: string, act: (order: OrderRecord) => Promise<Result<IssuerView>>): Promise<Result<IssuerView>> {
    const order = await this.find(locator);
    return order ? act(order) : err(problem('NOT_FOUND', { what: 'order' }));
  }

  private view(order: OrderRecord): IssuerView {
    return viewOf(order, this.options.clock.now());
  }
}

const refused = (detail: string) => err(problem('ISSUER_REFUSED', { issuer: LOCAL_CA_MANIFEST.title, detail }));
const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
