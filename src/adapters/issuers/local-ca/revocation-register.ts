/**
 * What the local CA revoked, and the list that says so.
 *
 * State keys: `revocation/<serial>`: RevocationRecord, one for each certificate; `crl`: the newest list, with its number.
 */
import { createHash } from 'node:crypto';
import type { Certificate } from '../../../cores/pki/certificate.js';
import { assembleCrl, encodeTbsCrl } from '../../../cores/pki/revocation/crl-encoding.js';
import type { Revocation } from '../../../cores/pki/revocation/crl.js';
import { REVOCATION_REASONS, type RevocationReason } from '../../../cores/pki/revocation/revocation-reason.js';
import type { Clock } from '../../../values/clock.js';
import { days, plus, type Instant } from '../../../values/instant.js';
import type { MemberState } from '../../member-state.js';
import type { Authority } from './authority.js';
import { readAll } from './read-all.js';

type RevocationRecord = Revocation & { readonly notAfter: Instant };
type CrlRecord = { readonly number: number; readonly revocations: string; readonly signedAt: Instant; readonly der: string };

/** CA/B BR 7.2: at most 10 days. */
const LIST_LIFE = days(7);
/** CA/B BR 4.9.7: a new one at least every 4 days. */
const SIGN_AGAIN_AFTER = days(1);
/** RFC 5280 3.3: an entry stays for one list beyond the end of its certificate. */
const KEEP_AFTER_END = days(10);

export class RevocationRegister {
  constructor(
    private readonly state: MemberState,
    private readonly clock: Clock,
    private readonly authority: Authority,
  ) {}

  /** The first reason stays. */
  async revoke({ serial, notAfter }: Certificate, reason: RevocationReason): Promise<void> {
    const record: RevocationRecord = { serial, at: this.clock.now(), reason: REVOCATION_REASONS[reason], notAfter };
    await this.state.create(`revocation/${serial}`, record);
  }

  /** DER. The one that was signed last while nothing changed and it is young; so asking often costs no signature. */
  async list(): Promise<Uint8Array> {
    for (;;) {
      const now = this.clock.now();
      const all = await readAll<RevocationRecord>(this.state, 'revocation/');
      const current = all.map(({ body }) => body).filter(({ notAfter }) => now <= plus(notAfter, KEEP_AFTER_END));
      const revocations = createHash('sha256')
        .update(current.map(({ serial, at, reason }) => `${serial} ${at} ${reason}`).join())
        .digest('hex');
      const kept = await this.state.read<CrlRecord>('crl');
      if (kept?.body.revocations === revocations && now < plus(kept.body.signedAt, SIGN_AGAIN_AFTER)) return fromBase64(kept.body.der);
      const number = (kept?.body.number ?? 0) + 1;
      const record: CrlRecord = { number, revocations, signedAt: now, der: await this.sign(number, current, now) };
      const written = kept ? await this.state.replace('crl', record, kept.version) : await this.state.create('crl', record);
      // Two lists with one number would contradict each other (RFC 5280 5.2.3): who comes second takes a new look.
      if (written) return fromBase64(record.der);
    }
  }

  /** Base64. */
  private async sign(number: number, revocations: readonly Revocation[], thisUpdate: Instant): Promise<string> {
    const signer = await this.authority.signer();
    const tbs = encodeTbsCrl({
      issuerDer: await this.authority.issuerName(),
      authorityKeyIdentifier: signer.keyIdentifier,
      number,
      thisUpdate,
      nextUpdate: plus(thisUpdate, LIST_LIFE),
      revocations,
      signatureAlgorithm: signer.algorithm,
    });
    return Buffer.from(assembleCrl(tbs, signer.algorithm, signer.sign(tbs))).toString('base64');
  }
}

const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
