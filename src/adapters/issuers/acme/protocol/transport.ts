/**
 * How requests go to one ACME directory (RFC 8555 6). acme-client signs, binds accounts and tries again with a new nonce; it would also send
 * by an HTTP client that all of the process shares, sleep, and keep of an error only its text. So its `request` is replaced: what goes out
 * goes through our dialer, with a time and a size, and what comes back is told whole.
 */
import type { KeyObject } from 'node:crypto';
import HttpClient, { type HttpResponse, type SignedBody } from 'acme-client/src/http.js';
import type { Clock } from '../../../../values/clock.js';
import { hours, plus, type Instant } from '../../../../values/instant.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { Deadline } from '../../../network/dialing/deadline.js';
import type { Dialer } from '../../../network/dialing/dialer.js';
import { makeHttpSession, type HttpSession } from '../../../network/http/http-session.js';
import type { AcmeDirectory } from './directories.js';
import { failureOf, malformed, shownOf, unreachable, type AcmeFailure, type Answer } from './failure.js';
import { oneLine, readDirectory, readProblem, type Directory } from './wire.js';

/** Who signs: by the account's URL, or by the key itself where there is no account yet (RFC 8555 6.2). */
export type Signer = { readonly key: KeyObject; readonly accountUrl?: string; readonly bindExternalAccount?: boolean };

export type TransportOptions = {
  readonly directory: AcmeDirectory;
  readonly dialer: Dialer;
  readonly clock: Clock;
  /** For one call, its tries with other nonces included. */
  readonly timeoutMs: number;
};

type Sent<T> = Result<T, AcmeFailure>;

/** A chain of 100 names with RSA 4096 has under 20 KiB; a list of a thousand orders under 100. */
const MAX_BYTES = 262_144;
/** CAs change theirs rarely, and keep the old addresses for long. */
const DIRECTORY_LIFE = hours(1);
/** More are not in flight at a time. */
const MOST_NONCES = 8;

export class AcmeTransport {
  private readonly session: HttpSession;
  private readonly nonces: string[] = [];
  private known: { readonly directory: Directory; readonly until: Instant } | undefined;

  constructor(private readonly options: TransportOptions) {
    this.session = makeHttpSession(options.dialer, options.directory.httpsRoots);
  }

  async directory(): Promise<Sent<Directory>> {
    const now = this.options.clock.now();
    if (this.known !== undefined && now < this.known.until) return ok(this.known.directory);
    const { url } = this.options.directory;
    const answer = await this.get(url);
    if (!answer.ok) return answer;
    const directory = readDirectory(answer.value.data);
    if (directory === undefined) return err(this.malformed(url, `it is no ACME directory, but ${kindOf(answer.value.data)}`));
    this.known = { directory, until: plus(now, DIRECTORY_LIFE) };
    return ok(directory);
  }

  /** Without a signature: what everybody may read (RFC 8555 7.1.1, RFC 9773 4.1). */
  get(url: string): Promise<Sent<Answer>> {
    return this.settle(url, () => this.send('get', url, new Deadline(this.options.timeoutMs)));
  }

  /** `payload`: null to read (POST-as-GET, RFC 8555 6.3). */
  async post(url: string, payload: object | null, signer: Signer): Promise<Sent<Answer>> {
    const directory = await this.directory();
    if (!directory.ok) return directory;
    const { key, accountUrl: kid, bindExternalAccount: includeExternalAccountBinding } = signer;
    const deadline = new Deadline(this.options.timeoutMs);
    return this.settle(url, async () => {
      const nonce = () => this.nonce(directory.value, deadline);
      const call = new SignedCall(key, this.binding(), nonce, (method, at, data) => this.sendSigned(method, at, deadline, data));
      return call.signedRequest(url, payload, { kid, nonce: await nonce(), includeExternalAccountBinding });
    });
  }

  malformed(url: string, detail: string): AcmeFailure {
    return malformed(this.options.directory.title, url, detail);
  }

  private binding(): { kid: string; hmacKey: string } | undefined {
    const { externalAccount } = this.options.directory;
    return externalAccount && { kid: externalAccount.keyId, hmacKey: externalAccount.macKey.revealText() };
  }

  /** Every answer brings the nonce of a next request, of whatever account (RFC 8555 6.5.1): asking for one is for the first only. */
  private async nonce({ newNonce }: Directory, deadline: Deadline): Promise<string> {
    const kept = this.nonces.pop();
    if (kept !== undefined) return kept;
    const answer = await this.send('head', newNonce, deadline);
    const nonce = answer.headers['replay-nonce'];
    if (answer.status < 300 && nonce !== undefined) return nonce;
    throw new NoAnswer(answer.status < 400 ? this.malformed(newNonce, 'it gives no nonce') : this.failureOf(answer, newNonce));
  }

  private async settle(url: string, request: () => Promise<Answer>): Promise<Sent<Answer>> {
    try {
      const answer = await request();
      if (answer.status >= 200 && answer.status < 300) return ok(answer);
      const redirected = answer.status >= 300 && answer.status < 400;
      return err(
        redirected
          ? this.malformed(url, `it leads to ${oneLine(answer.headers['location'] ?? 'nowhere', 200)}`)
          : this.failureOf(answer, url),
      );
    } catch (error) {
      if (error instanceof NoAnswer) return err(error.failure);
      throw error;
    }
  }

  private failureOf(answer: Answer, url: string): AcmeFailure {
    return failureOf(answer, this.options.directory.title, url, this.options.clock.now());
  }

  private async sendSigned(method: string, url: string, deadline: Deadline, data: unknown): Promise<Answer> {
    const answer = await this.send(method, url, deadline, data);
    const nonce = answer.headers['replay-nonce'];
    // The nonce of such a refusal is what acme-client tries again with.
    const spent = readProblem(answer.data)?.type === 'badNonce';
    if (nonce !== undefined && !spent && this.nonces.length < MOST_NONCES) this.nonces.push(nonce);
    return answer;
  }

  private async send(method: string, url: string, deadline: Deadline, data?: unknown): Promise<Answer> {
    const body = data === undefined ? {} : { body: JSON.stringify(data) };
    const request = { method: METHODS[method] ?? 'GET', headers: { ...HEADERS, ...(data !== undefined && JOSE) }, ...body };
    const bounds = { maxBytes: MAX_BYTES, timeoutMs: Math.max(1, deadline.remainingMs) };
    const answer = await this.session.request(new URL(url), request, bounds);
    if (!answer.ok) throw new NoAnswer(unreachable(this.options.directory.title, answer.problem));
    const headers = Object.fromEntries(Object.entries(answer.value.headers).map(([name, value]) => [name, value?.toString()]));
    return { status: answer.value.status, headers, data: bodyOf(headers['content-type'] ?? '', answer.value.body) };
  }
}

/** The inner half of a change of keys (RFC 8555 7.3.5): signed by the new one, which has no account yet. */
export const signKeyChange = (url: string, key: KeyObject, payload: object): SignedBody =>
  new HttpClient(url, key).createSignedBody(url, payload);

type Jwk = Readonly<Record<string, string>>;
const jwks = new WeakMap<KeyObject, Jwk>();

/** Its fields in the order that RFC 7638 wants. Made once for a key: acme-client would for each request, to see which algorithm it signs with. */
export function jwkOf(key: KeyObject): Jwk {
  const jwk = jwks.get(key) ?? new HttpClient('', key).getJwk();
  jwks.set(key, jwk);
  return jwk;
}

/** RFC 8555 6.1: a client says which languages it reads. */
const HEADERS = { accept: '*/*', 'accept-language': 'en' };
const JOSE = { 'content-type': 'application/jose+json' };
const METHODS: Readonly<Record<string, 'GET' | 'HEAD' | 'POST'>> = { get: 'GET', head: 'HEAD', post: 'POST' };

/** acme-client's signing of one call, on our way out. */
class SignedCall extends HttpClient {
  constructor(
    private readonly key: KeyObject,
    binding: { kid: string; hmacKey: string } | undefined,
    private readonly nonce: () => Promise<string>,
    private readonly send: (method: string, url: string, data?: unknown) => Promise<Answer>,
  ) {
    super('', key, binding);
  }

  override async request(url: string, method: string, { data }: { data?: unknown } = {}): Promise<HttpResponse> {
    const answer = await this.send(method, url, data);
    return { ...answer, headers: { ...answer.headers } };
  }

  override getNonce(): Promise<string> {
    return this.nonce();
  }

  override getJwk(): Jwk {
    return jwkOf(this.key);
  }
}

/** Carries a failure through acme-client. */
class NoAnswer extends Error {
  constructor(readonly failure: AcmeFailure) {
    super(failure.problem.code);
  }
}

function bodyOf(contentType: string, body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body);
  if (!/^application\/(\w+\+)?json\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const kindOf = (data: unknown): string =>
  typeof data === 'object' && data !== null ? `has ${oneLine(Object.keys(data).slice(0, 5).join(', '), 80)}` : shownOf(data);
