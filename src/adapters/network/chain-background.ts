/**
 * What stands behind the chains that a check showed: the issuers that a server did not send, and what the lists of the CAs say
 * (RFC 5280 4.2.2.1, 4.2.1.13). Fetched from where the certificates say, so within the address guard's bounds.
 */
import type { Certificate } from '../../cores/pki/certificate.js';
import { subjectOf } from '../../cores/pki/path/checks.js';
import { lastLink } from '../../cores/pki/path/complete-chain.js';
import { readCaseInSteps, type ShownChain } from '../../cores/tls/diagnosis/case.js';
import type { Evidence } from '../../cores/tls/diagnosis/diagnosis.js';
import { messageOf } from '../../values/problems/catalogue.js';
import { inTurns } from './in-turns.js';
import type { IssuerFetcher } from './issuer-fetcher.js';
import type { RevocationLists } from './revocation-lists.js';

export type ChainBackground = Pick<Evidence, 'fetchedIssuers' | 'revoked' | 'unanswered'>;
type Unanswered = NonNullable<Evidence['unanswered']>[number];

/** `fetchedIssuers`: those that are known already, and need not be fetched. */
type Seen = Pick<Evidence, 'check' | 'now' | 'roots'> & Partial<Pick<Evidence, 'fetchedIssuers'>>;

/** A chainBackground that was given its means. */
export type AskAround = (seen: Seen) => Promise<ChainBackground>;
/** Nest token of an AskAround. */
export const ASK_AROUND = Symbol('AskAround');

/** A server that shows more certificates than this wants to keep us busy: two kinds of key at eight addresses are fewer. */
const MOST_ASKED = 40;

/** Never rejects; what could not be fetched is `unanswered`. */
export async function chainBackground(
  seen: Seen,
  { issuers, lists }: { readonly issuers: IssuerFetcher; readonly lists: RevocationLists },
): Promise<ChainBackground> {
  const known = seen.fetchedIssuers ?? [];
  const atFirst = { ...seen, fetchedIssuers: known, revoked: new Set<string>() };
  const { shown } = await inTurns(readCaseInSteps(atFirst));
  const cut = shown.filter(({ completed }) => !completed.ok);
  const above = unique(cut.map(({ sent }) => lastLink(sent))).slice(0, MOST_ASKED);
  const fetched = await Promise.all(above.map((certificate) => fetchAbove(certificate, issuers)));
  const fetchedIssuers = [...known, ...fetched.flatMap(({ found }) => found)];
  // Read again only where something was fetched that may lead on.
  const found = fetchedIssuers.length > known.length ? (await inTurns(readCaseInSteps({ ...atFirst, fetchedIssuers }))).shown : shown;
  const links = unique(found.flatMap(linksOf), linkKey);
  const asked = await Promise.all(links.map((link, i) => (i < MOST_ASKED ? askList(link, lists) : notAsked(link))));
  return {
    fetchedIssuers,
    revoked: new Set(asked.flatMap(({ revoked }) => revoked ?? [])),
    unanswered: [...fetched, ...asked].flatMap(({ unanswered }) => unanswered ?? []),
  };
}

async function fetchAbove(certificate: Certificate, issuers: IssuerFetcher): Promise<{ found: Uint8Array[]; unanswered?: Unanswered }> {
  const above = await issuers.issuersOf(certificate);
  if (above.ok) return { found: above.value.map(({ der }) => der) };
  return { found: [], unanswered: { what: `who signed "${subjectOf(certificate)}"`, why: messageOf(above.problem) } };
}

type Link = { readonly certificate: Certificate; readonly issuer: Certificate };

/** Those of the path that holds; a certificate that names no list (RFC 9608, or a private CA) has nothing to be asked. */
function linksOf({ completed }: ShownChain): Link[] {
  if (!completed.ok) return [];
  const { chain } = completed.value;
  return chain.slice(0, -1).flatMap((certificate, i) => (certificate.crlUrls.length > 0 ? { certificate, issuer: chain[i + 1]! } : []));
}

async function askList({ certificate, issuer }: Link, lists: RevocationLists): Promise<{ revoked?: string; unanswered?: Unanswered }> {
  const status = await lists.statusOf(certificate, issuer);
  if (status.kind === 'REVOKED') return { revoked: certificate.fingerprint };
  if (status.kind === 'GOOD') return {};
  return { unanswered: { what: `whether "${subjectOf(certificate)}" is revoked`, why: sentence(status.why) } };
}

const notAsked = ({ certificate }: Link): { revoked?: string; unanswered?: Unanswered } => ({
  unanswered: { what: `whether "${subjectOf(certificate)}" is revoked`, why: 'Too many certificates were shown.' },
});

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;

const linkKey = ({ certificate }: Link): string => certificate.fingerprint;
const unique = <T>(items: readonly T[], key: (item: T) => unknown = (item) => item): T[] => [
  ...new Map(items.map((item) => [key(item), item])).values(),
];
