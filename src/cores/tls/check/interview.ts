/** The conversation with one server: asks, asks once more where a connection broke off, and keeps what any answer showed, for all questions. */
import type { Problem } from '../../../values/problems/problem.js';
import { err, type Result } from '../../../values/result.js';
import type { ClientOffer } from '../client/client-offer.js';
import type { Seen } from '../client/seen.js';
import { EXTENSION } from '../registry/extension-types.js';
import { isCbc } from './candidates.js';
import { type Answer, type Ask, type Probe, type Verdict, verdictOf } from './probe.js';
import type { ShownCertificate } from './site-check.js';

export type Taken = { readonly offer: ClientOffer; readonly helloLength: number };

/** Of one address, whose every connection could show other ones: all of them are read, judged and kept. A large farm has a handful. */
const MAX_CHAINS = 16;
const MAX_CHAIN_BYTES = 1_048_576;

export class Interview {
  readonly #ask: Ask;
  #chainBytes = 0;
  readonly #certificates = new Map<string, ShownCertificate>();
  readonly #finiteFieldBits = new Map<number, number>();
  readonly #signatures = new Map<number, Set<number>>();
  #encryptThenMac: boolean | undefined;
  readonly #taken: Taken[] = [];
  #answered = false;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Asked a second time where it broke off: a reset may be the network's, or a firewall's that has had enough for the moment. */
  async ask(probe: Probe): Promise<Answer> {
    const first = await this.#ask(probe);
    return this.#keep(probe, this.#mayBeChance(first) ? await this.#ask(probe) : first);
  }

  async askOnce(probe: Probe): Promise<Answer> {
    return this.#keep(probe, await this.#ask(probe));
  }

  /** Also where it said nothing: silence is what is looked for, and once may be chance. */
  async askTwice(probe: Probe): Promise<Answer> {
    const answer = await this.ask(probe);
    return verdictOf(answer) === 'SILENT' ? this.ask(probe) : answer;
  }

  /** Shown to a client that named the site, each chain once: of two nodes behind one address one may have forgotten the intermediate. */
  get certificates(): readonly ShownCertificate[] {
    return [...this.#certificates.values()];
  }

  finiteFieldBits(version: number): number | undefined {
    return this.#finiteFieldBits.get(version);
  }

  /** Those that the server has signed with. */
  signatures(version: number): readonly number[] {
    return [...(this.#signatures.get(version) ?? [])];
  }

  /** Undefined: no suite was chosen with which it means anything (RFC 7366 3). */
  get encryptThenMac(): boolean | undefined {
    return this.#encryptThenMac;
  }

  /** Was there an offer of this kind that the server took? */
  took(kind: (taken: Taken) => boolean): boolean {
    return this.#taken.some(kind);
  }

  #mayBeChance(answer: Answer): boolean {
    const verdict = verdictOf(answer);
    // Refused where it was not before: it has had enough for the moment.
    const enough = this.#answered && verdict === 'UNASKED' && HAS_ENOUGH.has(answer.problem?.code ?? '');
    return verdict === 'BROKE_OFF' || enough;
  }

  #keep(probe: Probe, answer: Answer): Answer {
    if (answer.seen !== undefined) {
      this.#answered = true;
      this.#keepSeen(probe, answer.seen);
    }
    return answer;
  }

  #keepSeen({ topic, offer }: Probe, seen: Seen): void {
    if (chose({ seen })) this.#taken.push({ offer, helloLength: seen.helloLength });
    const hello = seen.serverHello;
    if (hello === undefined || seen.failure?.kind === 'NOT_OFFERED') return;
    const { version, cipherSuite, extensions } = hello;
    const { bits } = seen.keyExchange ?? {};
    if (bits !== undefined) this.#finiteFieldBits.set(version, Math.min(bits, this.#finiteFieldBits.get(version) ?? bits));
    const { algorithm } = seen.signature ?? {};
    if (algorithm !== undefined) this.#signatures.set(version, (this.#signatures.get(version) ?? new Set()).add(algorithm));
    if (offer.asks.includes('ENCRYPT_THEN_MAC') && isCbc(cipherSuite)) {
      this.#encryptThenMac = (this.#encryptThenMac ?? false) || extensions.includes(EXTENSION.ENCRYPT_THEN_MAC);
    }
    if (topic !== 'NAMES' && seen.chain !== undefined && seen.chain.length > 0) this.#keepChain(seen.chain, version, seen);
  }

  #keepChain(chain: readonly Uint8Array[], version: number, { staple, timestamps }: Pick<ShownCertificate, 'staple' | 'timestamps'>): void {
    const key = chain.map((der) => Buffer.from(der).toString('base64')).join();
    const before = this.#certificates.get(key);
    if (before === undefined) {
      const bytes = chain.reduce((sum, { length }) => sum + length, 0);
      if (this.#certificates.size === MAX_CHAINS || this.#chainBytes + bytes > MAX_CHAIN_BYTES) return;
      this.#chainBytes += bytes;
    }
    const versions = [...new Set([...(before?.versions ?? []), version])].sort((a, b) => a - b);
    this.#certificates.set(key, {
      chain: before?.chain ?? chain,
      versions,
      ...optional('staple', before?.staple ?? staple),
      ...optional('timestamps', before?.timestamps ?? timestamps),
    });
  }
}

const optional = <K extends string, V>(key: K, value: V | undefined): { readonly [k in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [k in K]?: V };

const HAS_ENOUGH: ReadonlySet<string> = new Set(['CONNECTION_REFUSED', 'CONNECTION_CLOSED']);

/** A server that hangs up twice says no, in its way; one that is silent says nothing. */
const SAYS_NO: ReadonlySet<Verdict> = new Set(['REFUSED', 'BROKE_OFF']);
export const saidNo = (answer: Answer): boolean => SAYS_NO.has(verdictOf(answer));
export const chose = (answer: Answer): boolean => verdictOf(answer) === 'CHOSE';

/** For an answer that is neither yes nor no. */
export const unknown = (answer: Answer): Result<never> => err(problemOf(answer));

function problemOf({ problem }: Answer): Problem {
  if (problem === undefined) throw new Error('an answer that says nothing has to say why');
  return problem;
}
