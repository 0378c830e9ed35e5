/**
 * The root and the intermediates of the local CA.
 *
 * State keys: `root` and `intermediate/<number, 6 digits>`, bodies below; secrets `root-key` and `intermediate-key`.
 * Both are made on first use. Keys come first and by name, then the certificate made with them: two processes that start at once,
 * and one that is killed in between, end with the same root.
 *
 * All intermediates have one name and one key, so that one revocation list speaks for all of them (RFC 5280 5). They differ in their
 * time and in the names that they permit. A root is never replaced unasked: people have to trust the next one first.
 */
import {
  assembleCertificate,
  authorityKeyIdentifier,
  basicConstraints,
  certificatePolicies,
  encodeTbsCertificate,
  extendedKeyUsage,
  keyUsage,
  onlyWithin,
  subjectKeyIdentifier,
  type CertificateTemplate,
} from '../../../cores/pki/encoding/certificate-encoding.js';
import type { Certificate } from '../../../cores/pki/certificate.js';
import { encodeName } from '../../../cores/pki/encoding/name-encoding.js';
import { readableCertificates } from '../../../cores/pki/readable-certificates.js';
import type { Clock } from '../../../values/clock.js';
import type { Hostname } from '../../../values/hostname.js';
import { days, hours, plus, toIso, type Instant } from '../../../values/instant.js';
import { problem } from '../../../values/problems/problem.js';
import type { Random } from '../../../values/random.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { MemberState } from '../../member-state.js';
import { LOCAL_CA_MANIFEST } from './manifest.js';
import { newSerial } from './new-serial.js';
import { readAll } from './read-all.js';
import { signerNamed, type Signer } from './signer.js';
import { PURPOSE } from '../../../cores/pki/encoding/object-identifiers.js';

type RootRecord = { readonly certificate: string };
type IntermediateRecord = { readonly certificate: string; readonly permittedNames: readonly Hostname[] };

export type Intermediate = { readonly number: number; readonly certificate: Certificate };

/** DV (CA/B BR 7.1.6.1). */
export const DOMAIN_VALIDATED = '2.23.140.1.2.1';
/** Clocks of clients are late more often than early; nobody is kept waiting by an hour of the past. */
export const backdated = (now: Instant): Instant => (now - hours(1)) as Instant;

const ROOT_LIFE = days(3_652);
const INTERMEDIATE_LIFE = days(730);
/** Above the life of a leaf, so that none outlives its intermediate. */
const RENEW_INTERMEDIATE_BEFORE = days(100);

export class Authority {
  constructor(
    private readonly state: MemberState,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly permittedNames: readonly Hostname[],
  ) {}

  async root(): Promise<Certificate> {
    const kept = await this.state.read<RootRecord>('root');
    if (kept !== undefined) return decode(kept.body.certificate);
    const signer = await this.rootSigner();
    const name = encodeName('Hostseal', `Hostseal Local Root CA ${signer.keyIdentifier.slice(0, 8)}`);
    const from = backdated(this.clock.now());
    const certificate = signWith(signer, {
      serial: newSerial(this.random),
      issuerDer: name,
      subjectDer: name,
      notBefore: from,
      notAfter: plus(from, ROOT_LIFE),
      publicKey: signer.publicKey,
      signatureAlgorithm: signer.algorithm,
      extensions: [basicConstraints(true), keyUsage('keyCertSign', 'cRLSign'), subjectKeyIdentifier(signer.keyIdentifier)],
    });
    await this.state.create('root', { certificate } satisfies RootRecord);
    return this.root();
  }

  /** The newest that permits exactly the names of the configuration and has enough time left; made where there is none. */
  async intermediate(): Promise<Result<Intermediate>> {
    const root = await this.root();
    if (plus(this.clock.now(), RENEW_INTERMEDIATE_BEFORE) > root.notAfter) {
      const detail = `its root ends on ${toIso(root.notAfter)}, too soon to sign anything new`;
      return err(problem('ISSUER_REFUSED', { issuer: LOCAL_CA_MANIFEST.title, detail }));
    }
    for (;;) {
      const all = await readAll<IntermediateRecord>(this.state, PREFIX);
      const usable = all.findLast(({ body }) => this.isUsable(body));
      if (usable) return ok({ number: Number(usable.key.slice(PREFIX.length)), certificate: decode(usable.body.certificate) });
      // Where another process makes the same number first, its one is looked at in the next round.
      await this.makeIntermediate(Number(all.at(-1)?.key.slice(PREFIX.length) ?? 0) + 1, root);
    }
  }

  /** One that signed before. */
  async intermediateNumber(number: number): Promise<Certificate> {
    const kept = await this.state.read<IntermediateRecord>(keyOf(number));
    if (kept === undefined) throw new Error(`intermediate ${number} went out of the register`);
    return decode(kept.body.certificate);
  }

  signer(): Promise<Signer> {
    return signerNamed('intermediate-key', 'ECDSA_SHA256', this.state);
  }

  /** The subject of all intermediates, DER. */
  async issuerName(): Promise<Uint8Array> {
    return encodeName('Hostseal', `Hostseal Local Issuing CA ${(await this.signer()).keyIdentifier.slice(0, 8)}`);
  }

  private rootSigner(): Promise<Signer> {
    return signerNamed('root-key', 'ECDSA_SHA384', this.state);
  }

  private isUsable({ certificate, permittedNames }: IntermediateRecord): boolean {
    const enough = plus(this.clock.now(), RENEW_INTERMEDIATE_BEFORE) <= decode(certificate).notAfter;
    return enough && sameNames(permittedNames, this.permittedNames);
  }

  private async makeIntermediate(number: number, root: Certificate): Promise<void> {
    const [rootSigner, { publicKey, keyIdentifier }] = [await this.rootSigner(), await this.signer()];
    const from = backdated(this.clock.now());
    const certificate = signWith(rootSigner, {
      serial: newSerial(this.random),
      issuerDer: root.subjectDer,
      subjectDer: await this.issuerName(),
      notBefore: Math.max(from, root.notBefore) as Instant,
      notAfter: Math.min(plus(from, INTERMEDIATE_LIFE), root.notAfter) as Instant,
      publicKey,
      signatureAlgorithm: rootSigner.algorithm,
      extensions: [
        basicConstraints(true, 0),
        keyUsage('digitalSignature', 'keyCertSign', 'cRLSign'),
        extendedKeyUsage(PURPOSE.serverAuth),
        certificatePolicies(DOMAIN_VALIDATED),
        onlyWithin(this.permittedNames),
        authorityKeyIdentifier(rootSigner.keyIdentifier),
        subjectKeyIdentifier(keyIdentifier),
      ],
    });
    await this.state.create(keyOf(number), { certificate, permittedNames: this.permittedNames } satisfies IntermediateRecord);
  }
}

const PREFIX = 'intermediate/';
const keyOf = (number: number): string => `${PREFIX}${String(number).padStart(6, '0')}`;

/** Base64. */
function signWith(signer: Signer, template: CertificateTemplate): string {
  const tbs = encodeTbsCertificate(template);
  return Buffer.from(assembleCertificate(tbs, signer.algorithm, signer.sign(tbs))).toString('base64');
}

const decode = (base64: string): Certificate => readableCertificates([new Uint8Array(Buffer.from(base64, 'base64'))])[0]!;
const sameNames = (a: readonly Hostname[], b: readonly Hostname[]): boolean => [...a].sort().join() === [...b].sort().join();
