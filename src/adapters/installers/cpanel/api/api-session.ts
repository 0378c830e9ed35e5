/**
 * Requests to one cPanel server. All are POSTs: a URL stays in logs, and a private key is too long for it. An answer that is none of the
 * API's says nothing about what was done, so it is SERVER_UNREACHABLE; only what the API itself refuses is SERVER_REFUSED.
 */
import fs from 'node:fs/promises';
import { messageOf } from '../../../../values/problems/catalogue.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { Secret } from '../../../../values/secret.js';
import type { HttpSession } from '../../../network/http/http-session.js';
import type { CpanelPlace } from '../cpanel-place.js';
import type { Said } from './envelopes.js';

export type Parameters = Readonly<Record<string, string>>;

/** A page of websites with their certificates has about 1 MiB. */
const MAX_BYTES = 16 * 1024 * 1024;

export class ApiSession {
  /** `timeoutMs`: for one request; an installation takes seconds on a busy server. */
  constructor(
    private readonly place: CpanelPlace,
    private readonly http: HttpSession,
    private readonly timeoutMs: number,
  ) {}

  /** Whose API token it is. */
  get user(): string {
    return this.place.user;
  }

  /** `path`: with the query, which holds nothing secret. */
  async ask(path: string, parameters: Parameters, read: (answer: unknown) => Said | undefined): Promise<Result<unknown>> {
    const token = await this.token();
    if (!token.ok) return token;
    const { url, api, user } = this.place;
    const answer = await this.http.request(
      new URL(path, url),
      {
        method: 'POST',
        headers: {
          authorization: `${api} ${user}:${token.value.revealText()}`,
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(parameters).toString(),
      },
      { maxBytes: MAX_BYTES, timeoutMs: this.timeoutMs },
    );
    if (!answer.ok) return unreachable(messageOf(answer.problem).replace(/\.$/, ''));
    const { status, body } = answer.value;
    if (status === 401 || status === 403) return unreachable(`it does not accept the API token of ${user} (status ${status})`);
    if (status !== 200) return unreachable(`it answers with status ${status}`);
    const said = read(parsed(Buffer.from(body).toString('utf8')));
    if (said === undefined) return unreachable('its answer is none of its API');
    if (said.ok) return ok(said.value);
    return err(problem('SERVER_REFUSED', { detail: said.problem.replaceAll(token.value.revealText(), '[secret]') }));
  }

  private async token(): Promise<Result<Secret>> {
    try {
      const { mode } = await fs.stat(this.place.tokenFile);
      if (mode & 0o077) return unreachable('the file of its API token is open to others than its owner (chmod 600)');
      const text = (await fs.readFile(this.place.tokenFile, 'utf8')).trim();
      // What a header bears: a line feed in it would begin another.
      return /^[\x21-\x7e]{1,200}$/.test(text) ? ok(Secret.of(text)) : unreachable('the file of its API token holds no token');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
      return unreachable(`the file of its API token cannot be read (${code})`);
    }
  }
}

const unreachable = (detail: string): Result<never> => err(problem('SERVER_UNREACHABLE', { detail }));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
