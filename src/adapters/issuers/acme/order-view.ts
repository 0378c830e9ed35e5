/** An ACME order as the port tells it. Pure: the record, what the CA says, the account's thumbprint and the time go in. */
import type { Hostname } from '../../../values/hostname.js';
import { minutes, plus, seconds, since, type Duration, type Instant } from '../../../values/instant.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { HttpFileChallenge, IssuerStatus, IssuerView } from '../issuer.js';
import { refusalOf } from './protocol/failure.js';
import type { ChallengeRecord, OrderRecord } from './order-book.js';
import type { WireAuthorization, WireChallenge, WireOrder } from './protocol/wire.js';

/** The authorizations by their URLs; those that were not asked for are missing. */
export type Authorizations = ReadonlyMap<string, WireAuthorization>;

export type Seen = {
  readonly record: OrderRecord;
  readonly status: IssuerStatus;
  readonly order?: WireOrder;
  readonly authorizations: Authorizations;
  readonly thumbprint: string;
  readonly issuer: string;
  readonly now: Instant;
  /** Retry-After of what was read. */
  readonly retryAfter?: Instant;
};

export function viewOf(seen: Seen): IssuerView {
  const { record, status, thumbprint, now } = seen;
  return {
    locator: record.url,
    status,
    challenges: (record.challenges ?? []).map((challenge) => challengeView(challenge, seen, thumbprint)),
    problem: status === 'invalid' ? problemOf(seen) : undefined,
    askAgainAt: status === 'pending' || status === 'processing' ? askAgainAt(seen) : now,
  };
}

/**
 * `id`: the file's body. After a change of the account's key the body is another (RFC 8555 8.1), and so the file has to be laid down anew:
 * a new id says so.
 */
function challengeView({ name, token, authorization, url }: ChallengeRecord, seen: Seen, thumbprint: string): HttpFileChallenge {
  const body = `${token}.${thumbprint}`;
  return {
    id: body,
    type: 'http-file',
    name,
    path: `/.well-known/acme-challenge/${token}`,
    body,
    status: statusOf(authorization, url, seen),
  };
}

function statusOf(authorization: string, url: string, { status, authorizations }: Seen): HttpFileChallenge['status'] {
  if (status === 'ready' || status === 'processing' || status === 'valid') return 'valid';
  const known = authorizations.get(authorization);
  if (known?.status === 'valid') return 'valid';
  if (status === 'invalid' || (known !== undefined && known.status !== 'pending')) return 'invalid';
  return known?.challenges.find((one) => one.url === url)?.status === 'processing' ? 'processing' : 'pending';
}

/** The name's challenge by file, where it still has to be shown; undefined where the CA offers none. */
export function httpChallenge(authorization: string, { name, challenges }: WireAuthorization): ChallengeRecord | undefined {
  const http = challenges.find(({ type, token }) => type === 'http-01' && token !== undefined);
  return http?.token === undefined ? undefined : { name: name as Hostname, authorization, url: http.url, token: http.token };
}

function problemOf({ record, order, authorizations, issuer }: Seen): Problem {
  const sub = [...authorizations.values()].flatMap((authorization) => failedChecks(authorization, record, issuer));
  const [first] = sub;
  if (first !== undefined) return { ...first, sub };
  if (order?.error !== undefined) return refusalOf(order.error, issuer);
  return problem('ISSUER_REFUSED', { issuer, detail: 'the order was not completed in its time' });
}

function failedChecks({ name, status, challenges }: WireAuthorization, record: OrderRecord, issuer: string): Problem[] {
  if (status === 'valid' || status === 'pending') return [];
  const failed = challenges.filter(({ error }) => error !== undefined);
  if (failed.length > 0) return failed.map((challenge) => failedCheck(name, challenge, record, issuer));
  return [problem('ISSUER_REFUSED', { issuer, detail: `its authorization is ${status}`, name }, { subject: name })];
}

function failedCheck(name: string, { error, token, url }: WireChallenge, record: OrderRecord, issuer: string): Problem {
  if (error === undefined) throw new Error('a check without an error did not fail');
  // What its owner mends in the DNS and not on the web server (RFC 8659).
  if (error.type === 'caa') return problem('ISSUER_REFUSED', { issuer, detail: error.detail, type: 'caa', name }, { subject: name });
  const known = record.challenges?.find((challenge) => challenge.url === url)?.token ?? token ?? '';
  const file = `http://${name}/.well-known/acme-challenge/${known}`;
  return problem('VALIDATION_FAILED', { issuer, url: file, name, detail: error.detail, type: error.type }, { subject: name });
}

/** The CA's word; else a tenth of the time that it takes already: soon at first, and never more often than it matters. */
function askAgainAt({ record, retryAfter, now }: Seen): Instant {
  if (retryAfter !== undefined) return Math.max(retryAfter, plus(now, seconds(1))) as Instant;
  const tenth = since(record.placedAt, now) / 10;
  return plus(now, Math.min(Math.max(tenth, seconds(2)), minutes(5)) as Duration);
}
