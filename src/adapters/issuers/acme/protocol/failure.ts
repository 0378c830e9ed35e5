/** Why a request came to nothing, in our codes, with the CA's own words in `facts.detail`. */
import { days, minutes, plus, seconds, type Instant } from '../../../../values/instant.js';
import { messageOf } from '../../../../values/problems/catalogue.js';
import { problem, type Problem } from '../../../../values/problems/problem.js';
import { oneLine, readProblem, type WireProblem } from './wire.js';

export type AcmeFailure = {
  readonly problem: Problem;
  /** RFC 8555 6.7, without its namespace; undefined where the CA gave none. */
  readonly type?: string;
  readonly status?: number;
  /** The CA said no, so it did nothing. Otherwise nobody knows: an answer may have been lost. */
  readonly refused: boolean;
  /** Of a key that another account has (RFC 8555 7.3.5). */
  readonly location?: string;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed where it is JSON; else its text. */
  readonly data: unknown;
};

/** What the account has to be put right for by a person (RFC 8555 6.7). */
const ACCOUNT_TYPES: ReadonlySet<string> = new Set([
  'accountDoesNotExist',
  'agreementRequired',
  'externalAccountRequired',
  'invalidContact',
  'unsupportedContact',
  'userActionRequired',
]);
const ACCOUNT_GONE = /\b(deactivated|revoked|suspended)\b/i;

/** Out of reach: it was not asked, or its answer did not come. */
export function unreachable(issuer: string, cause: Problem): AcmeFailure {
  const detail = messageOf(cause).replace(/\.$/, '');
  return { problem: problem('ISSUER_UNREACHABLE', { issuer, detail }, { sub: [cause] }), refused: false };
}

/** What an answer with a status that is no success says. */
export function failureOf(answer: Answer, issuer: string, url: string, now: Instant): AcmeFailure {
  const { status, data, headers } = answer;
  const retryAfter = retryAfterOf(headers, now);
  const wire = readProblem(data);
  if (status >= 500) {
    const detail = wire?.detail ?? `it answered with status ${status}`;
    return { problem: problem('ISSUER_UNREACHABLE', { issuer, detail }, { retryAfter }), type: wire?.type, status, refused: false };
  }
  if (wire === undefined && status === 429) {
    return { problem: rateLimited(issuer, 'it has had too many requests', retryAfter ?? plus(now, minutes(1))), status, refused: true };
  }
  if (wire === undefined) {
    return status === 404
      ? { problem: problem('ISSUER_REFUSED', { issuer, detail: 'it knows nothing of it (status 404)' }), status, refused: true }
      : { ...malformed(issuer, url, `status ${status} with ${shownOf(data)}`), status };
  }
  const known = { type: wire.type, status, refused: true, location: headers['location'] };
  if (wire.type === 'rateLimited' || status === 429) {
    // Nothing said: a minute, as the CA has just been asked too much.
    return { ...known, problem: rateLimited(issuer, wire.detail, retryAfter ?? plus(now, minutes(1))) };
  }
  // acme-client has tried again by then: each try had the nonce that the refusal before it gave out.
  if (wire.type === 'badNonce') {
    return { ...known, problem: problem('ISSUER_UNREACHABLE', { issuer, detail: `it takes none of its own nonces: ${wire.detail}` }) };
  }
  if (isAccountProblem(wire))
    return { ...known, problem: problem('ISSUER_ACCOUNT_UNUSABLE', { issuer, detail: wire.detail, type: wire.type }) };
  return { ...known, problem: refusalOf(wire, issuer) };
}

/** An answer that is not ACME: an error page, a captive portal, another server. It may be right again a moment later. */
export function malformed(issuer: string, url: string, detail: string): AcmeFailure {
  return { problem: problem('ISSUER_ANSWER_MALFORMED', { issuer, url, detail }), refused: false };
}

/** A refusal, with a sub-problem for each name that it is about (RFC 8555 6.7.1). */
export function refusalOf(wire: WireProblem, issuer: string): Problem {
  const said = (one: WireProblem, sub: readonly Problem[] = []) =>
    problem('ISSUER_REFUSED', { issuer, detail: one.detail, type: one.type }, { subject: one.identifier, sub });
  const named = (wire.subproblems.length > 0 ? wire.subproblems : [wire]).filter(({ identifier }) => identifier !== undefined);
  return said(
    wire,
    named.map((one) => said(one)),
  );
}

/**
 * Retry-After (RFC 9110 10.2.3). A date is taken by the clock of its sender, whose Date stands beside it. Never later than in a day: a CA
 * that means the year 9999 would have us forget what is ordered, revoked or to be renewed.
 */
export function retryAfterOf(headers: Answer['headers'], now: Instant): Instant | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  const latest = plus(now, days(1));
  if (/^\d{1,9}$/.test(text)) return Math.min(plus(now, seconds(Number(text))), latest) as Instant;
  const [at, sentAt] = [Date.parse(text), Date.parse(headers['date'] ?? '')];
  if (Number.isNaN(at)) return undefined;
  return Math.min(now + Math.max(0, at - (Number.isNaN(sentAt) ? now : sentAt)), latest) as Instant;
}

/** `text/html: "<h1>502"`, for a sentence about an answer that is no JSON. */
export const shownOf = (data: unknown): string =>
  typeof data === 'string' && data !== '' ? `"${oneLine(data, 80)}"` : 'no problem document';

/** A process that sent it may have died: it is not sent again while its answer may be on its way. */
export const answerAwaited = (issuer: string, until: Instant): Problem =>
  problem(
    'ISSUER_UNREACHABLE',
    { issuer, detail: 'the same request was sent a moment ago, and its answer may still come' },
    { retryAfter: until },
  );

const rateLimited = (issuer: string, detail: string, retryAfter: Instant): Problem =>
  problem('ISSUER_RATE_LIMITED', { issuer, detail }, { retryAfter });

const isAccountProblem = ({ type, detail }: WireProblem): boolean =>
  ACCOUNT_TYPES.has(type) || (type === 'unauthorized' && /\baccount\b/i.test(detail) && ACCOUNT_GONE.test(detail));
