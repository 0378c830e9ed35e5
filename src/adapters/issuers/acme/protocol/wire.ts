/** What a CA sends (RFC 8555 7.1), read once into plain records. Undefined for what is something else: a CA's word is a stranger's, too. */
import { MAX_NAMES } from '../../../../values/name-list.js';
import type { IssuerStatus } from '../../issuer.js';

/** RFC 8555 7.1.1, 9.7.6; RFC 9773 3; draft-ietf-acme-profiles 3. */
export type Directory = {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly revokeCert: string;
  readonly keyChange: string;
  readonly renewalInfo?: string;
  /** Names, in the order in which they are listed. */
  readonly profiles: readonly string[];
  readonly needsExternalAccount: boolean;
};

/** RFC 8555 7.1.3. */
export type WireOrder = {
  readonly status: IssuerStatus;
  /** Of type `dns`, sorted. */
  readonly names: readonly string[];
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate?: string;
  readonly error?: WireProblem;
};

/** RFC 8555 7.1.4. */
export type WireAuthorization = {
  readonly status: string;
  readonly name: string;
  readonly challenges: readonly WireChallenge[];
};

/** RFC 8555 8. */
export type WireChallenge = {
  readonly type: string;
  readonly url: string;
  readonly status: string;
  readonly token?: string;
  readonly error?: WireProblem;
};

/** RFC 8555 6.7, RFC 7807 3.1. `type`: without `urn:ietf:params:acme:error:`. */
export type WireProblem = {
  readonly type: string;
  readonly detail: string;
  /** The name that it is about. */
  readonly identifier?: string;
  readonly subproblems: readonly WireProblem[];
};

export function readDirectory(value: unknown): Directory | undefined {
  const fields = fieldsOf(value);
  const meta = fieldsOf(fields['meta']);
  const [newNonce, newAccount, newOrder] = [url(fields['newNonce']), url(fields['newAccount']), url(fields['newOrder'])];
  const [revokeCert, keyChange] = [url(fields['revokeCert']), url(fields['keyChange'])];
  if (!newNonce || !newAccount || !newOrder || !revokeCert || !keyChange) return undefined;
  return {
    newNonce,
    newAccount,
    newOrder,
    revokeCert,
    keyChange,
    renewalInfo: url(fields['renewalInfo']),
    profiles: Object.keys(fieldsOf(meta['profiles'])),
    needsExternalAccount: meta['externalAccountRequired'] === true,
  };
}

const STATUSES: readonly string[] = ['pending', 'ready', 'processing', 'valid', 'invalid'] satisfies IssuerStatus[];

export function readOrder(value: unknown): WireOrder | undefined {
  const fields = fieldsOf(value);
  const [status, finalize] = [text(fields['status']), url(fields['finalize'])];
  const authorizations = listOf(fields['authorizations']).map(url);
  if (!STATUSES.includes(status) || !finalize || !authorizations.every((one) => one !== undefined)) return undefined;
  // One for each name (RFC 8555 7.1.3). Each is asked for: more would let a CA say how long we are at it.
  if (authorizations.length > MAX_NAMES) return undefined;
  return {
    status: status as IssuerStatus,
    names: listOf(fields['identifiers']).flatMap(nameOf).sort(),
    authorizations,
    finalize,
    certificate: url(fields['certificate']),
    error: readProblem(fields['error']),
  };
}

export function readAuthorization(value: unknown): WireAuthorization | undefined {
  const fields = fieldsOf(value);
  const [name] = nameOf(fields['identifier']);
  const challenges = listOf(fields['challenges']).map(readChallenge);
  if (name === undefined || !challenges.every((one) => one !== undefined)) return undefined;
  return { status: word(fields['status']), name, challenges };
}

function readChallenge(value: unknown): WireChallenge | undefined {
  const fields = fieldsOf(value);
  const at = url(fields['url']);
  const token = text(fields['token']);
  // RFC 8555 8.3: base64url; it becomes part of a path on a customer's server.
  const isToken = /^[\w-]{1,256}$/.test(token);
  if (at === undefined) return undefined;
  return {
    type: word(fields['type']),
    url: at,
    status: word(fields['status']),
    ...(isToken && { token }),
    error: readProblem(fields['error']),
  };
}

const ACME_ERROR = 'urn:ietf:params:acme:error:';

/** Undefined for what has no type of ACME's. */
export function readProblem(value: unknown): WireProblem | undefined {
  const subproblems = listOf(fieldsOf(value)['subproblems']).flatMap((sub) => readOneProblem(sub) ?? []);
  const problem = readOneProblem(value);
  return problem && { ...problem, subproblems };
}

/** RFC 8555 6.7.1: a subproblem has none of its own. */
function readOneProblem(value: unknown): WireProblem | undefined {
  const fields = fieldsOf(value);
  const type = text(fields['type']);
  if (!type.startsWith(ACME_ERROR)) return undefined;
  const detail = oneLine(text(fields['detail'])) || 'no reason given';
  return { type: word(type.slice(ACME_ERROR.length)), detail, identifier: nameOf(fields['identifier'])[0], subproblems: [] };
}

/** URLs that an account's list of orders names (RFC 8555 7.1.2.1). */
export const readOrders = (value: unknown): readonly string[] => listOf(fieldsOf(value)['orders']).flatMap((one) => url(one) ?? []);

/** RFC 8288 3: the URLs of a header's links with that relation. */
export function linksOf(header: string | undefined, relation: 'alternate' | 'next'): readonly string[] {
  return (header ?? '').split(/,\s*(?=<)/).flatMap((link) => {
    const [, target, parameters = ''] = /^\s*<([^>]*)>(.*)$/s.exec(link) ?? [];
    return new RegExp(`;\\s*rel="?${relation}"?\\s*(;|$)`, 'i').test(parameters) ? (url(target) ?? []) : [];
  });
}

export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** RFC 8555 6.1: https, always. As it was sent, since it is signed so (RFC 8555 6.4); of the characters of a URL only (RFC 3986 2), for it is shown and kept. */
export const url = (value: unknown): string | undefined =>
  URL_TEXT.test(text(value)) && URL.parse(text(value))?.protocol === 'https:' ? text(value) : undefined;
/** Those of Let's Encrypt have about 100 characters; PostgreSQL indexes no text of more than 2,700 octets. */
const URL_TEXT = /^[\x21-\x7e]{1,1000}$/;

/** Of a stranger's text: one line, without control characters, no longer than a sentence can bear. */
export const oneLine = (words: string, longest = 500): string =>
  words.replace(/\s+/g, ' ').replace(/\p{C}/gu, '\u{FFFD}').trim().slice(0, longest);
/** The longest of RFC 8555 has 23 characters. */
const word = (value: unknown): string => oneLine(text(value), 60);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function nameOf(value: unknown): string[] {
  const { type, value: name } = fieldsOf(value);
  return type === 'dns' && typeof name === 'string' && NAME_TEXT.test(name) ? [name.toLowerCase()] : [];
}

const NAME_TEXT = /^[\w*.-]{1,255}$/;
